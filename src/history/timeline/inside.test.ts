// Histories in which something happens in guests: every moment is the one that was, at all levels; what is written out does the same again,
// and on the host nothing that was done in a guest.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { JsonReader } from "../../system/trace/json-reader.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { playTrace } from "../../system/trace/play.ts";
import { Player } from "../../system/trace/player.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { GuestHost, mdevOf } from "../../testing/support/guest-host.ts";
import { parseScenario } from "../scenario/parse-scenario.ts";
import { runScenario } from "../scenario/run-scenario.ts";
import { linesFor, profilesOf } from "../scenario/scenario.ts";
import { Timeline } from "./timeline.ts";
import { undoOf } from "./undo.ts";
import { scenarioText, shellText, traceText } from "./write-out.ts";

const FOLDER = new URL("../../../scenarios/guest/", import.meta.url);

const HISTORIES = readdirSync(FOLDER).flatMap((file) => {
  const parsed = parseScenario(readFileSync(new URL(file, FOLDER), "utf8"));
  assert.ok(parsed.ok, file);
  return profilesOf(parsed.value).map((profile) => ({
    name: `${file} under ${profile.name}`,
    profile,
    operations: linesFor(parsed.value, profile).flatMap(({ step }) => (step.kind === "action" ? step.operations : [])),
  }));
});

/** The words of all levels. */
const levels = (player: Player): string =>
  ["", ...player.guestPaths()]
    .map((path) => `${path}:${(path === "" ? player : player.guestPlayer(path))?.host.state.words.join()}`)
    .join("\n");

/** Guests of awkward names, one in the other; enough is done for more than one moment to be kept. */
function awkward(): readonly Operation[] {
  const inner = JSON.parse('{"__proto__":{"notice":"scan"}}') as object;
  const create = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
  const path = (file: string) => `devices/vfio_ap/matrix/${mdevOf(1)}/${file}`;
  const give = (inside: string | undefined, guest: string): readonly object[] =>
    [
      { op: "write", path: create, value: mdevOf(1) },
      { op: "write", path: path("assign_adapter"), value: "4\n" },
      { op: "write", path: path("assign_domain"), value: "0x4\n" },
      { op: "open", guest, mdev: mdevOf(1) },
    ].map((operation) => (inside === undefined ? operation : { ...operation, in: inside }));
  const rounds = Array.from({ length: 20 }, () => [
    { op: "write", path: "bus/ap/drivers/vfio_ap/unbind", value: "04.0004\n" },
    { op: "scan", in: "a b/__proto__" },
    { op: "scan", in: "a b" },
    { op: "write", path: "bus/ap/drivers/vfio_ap/bind", value: "04.0004\n" },
    { op: "write", path: "bus/ap/scans", value: "1\n", in: "a b" },
    { op: "write", path: "bus/ap/scans", value: "x\n", in: "a b/nobody" },
  ]).flat();
  return [
    {
      op: "init",
      aps: [4],
      doms: [4],
      apmask: "0x0",
      guests: { "a b": { notice: "scan", apmask: "0x0", guests: inner } },
    },
    ...give(undefined, "a b"),
    ...give("a b", "__proto__"),
    ...rounds,
    { op: "open", guest: "nobody", mdev: mdevOf(7), in: "a b" },
    { op: "close", guest: "a b", mdev: mdevOf(1) },
    { op: "scan", in: "a b" },
  ].map((operation) => readOperation(new JsonReader(operation)));
}

const ALL = [...HISTORIES, { name: "guests of awkward names", profile: DEFAULT_PROFILE, operations: awkward() }];

describe("a moment of a history in guests", () => {
  it("is what it was at all levels, in whatever order one goes there", () => {
    const operations = awkward();
    const player = new Player(DEFAULT_PROFILE);
    const states = operations.map((operation, at) => {
      player.apply(operation, at + 1);
      return levels(player);
    });
    const timeline = Timeline.of(DEFAULT_PROFILE, operations);
    const last = operations.length - 1;
    for (const at of [last, 3, 70, 64, 65, 4, last - 1, 9, 63, 128, 0, 127, last])
      assert.ok(levels(timeline.playerAt(at)) === states[at], `moment ${at}`);
  });

  it("can be gone on from, and leaves the history as it was", () => {
    const operations = awkward();
    const timeline = Timeline.of(DEFAULT_PROFILE, operations);
    const before = levels(timeline.playerAt(80));
    const branch = timeline.branch(80);
    const answer = branch.append({ op: "scan", part: "all", in: "a b" }).answer;
    assert.equal(answer?.r, 0);
    branch.append({ op: "close", guest: "a b", mdev: mdevOf(1) });
    assert.equal(branch.append({ op: "scan", part: "all", in: "a b" }).answer?.r, "EBADF");
    assert.ok(levels(timeline.playerAt(80)) === before);
  });
});

describe("a history in guests that is written out", () => {
  for (const { name, profile, operations } of ALL) {
    it(`as a trace plays without a difference: ${name}`, () => {
      const timeline = Timeline.of(profile, operations);
      const text = traceText(timeline, operations.length - 1, "t");
      assert.match(text, /"format":3/);
      const parsed = parseTrace(text);
      assert.ok(parsed.ok);
      assert.deepEqual(playTrace(parsed.value).differences, []);
    });

    it(`as a scenario shows the same, and leads to the same at all levels: ${name}`, () => {
      const timeline = Timeline.of(profile, operations);
      const text = scenarioText(timeline, operations.length - 1, "Written out by a test of histories");
      const parsed = parseScenario(text);
      if (!parsed.ok) assert.fail(`${parsed.error.line}:${parsed.error.column}: ${parsed.error.expected}\n${text}`);
      const { failures } = runScenario(parsed.value, profile);
      assert.deepEqual(
        failures.map(({ line, expected, came }) => `${line.text}: expected ${expected}, came ${came}`),
        [],
      );
      const [one, other] = [new Player(profile), new Player(profile)];
      for (const operation of operations) one.apply(operation, 1);
      for (const { step } of linesFor(parsed.value, profile))
        if (step.kind === "action") for (const operation of step.operations) other.apply(operation, 1);
      assert.equal(one.host.state.words.join() === other.host.state.words.join(), true, text);
      const inner = ({ guestNames }: Player): number => guestNames.length;
      assert.equal(inner(one), inner(other));
    });

    it(`as a shell script writes on the host only what was written there: ${name}`, () => {
      const timeline = Timeline.of(profile, operations);
      const script = shellText(timeline, operations.length - 1, "t");
      const commands = script.split("\n").filter((line) => line.includes('> "$SYS"/') && !line.startsWith("#"));
      const written = operations.filter(({ op, in: inside }) => op === "write" && inside === undefined);
      assert.equal(commands.length, written.length);
    });
  }
});

describe("undo", () => {
  it("takes back in a guest what was done there", () => {
    const host = new GuestHost({ guests: { g1: { apmask: "0x0" } } });
    host.start("g1");
    const operation = { op: "write", path: "bus/ap/apmask", value: "+4\n", in: "g1" } as const;
    const back = undoOf(host.player, [operation]);
    assert.deepEqual(back, [{ op: "write", path: "bus/ap/apmask", value: `0x${"0".repeat(64)}\n`, in: "g1" }]);
    const stop = { op: "open", guest: "g2", mdev: mdevOf(2), in: "g1" } as const;
    assert.deepEqual(undoOf(host.player, [{ ...stop, in: "g9" }]), []);
  });
});
