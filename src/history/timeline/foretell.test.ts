// What an action would take from running guests, what takes it back, and how a history reads afterwards.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatApqn } from "../../system/ap/apqn.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { reportState } from "../../system/trace/state-report.ts";
import { DEFAULT_PROFILE, PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { parseScenario } from "../scenario/parse-scenario.ts";
import { readConsoleLine } from "./console-line.ts";
import { foretell } from "./foretell.ts";
import { scenarioTimeline } from "./from-scenario.ts";
import { headlinesOf } from "./headlines.ts";
import { Timeline } from "./timeline.ts";
import { undoOf } from "./undo.ts";

const HOST = `host adapter 04 05 06 domain 0004 0047
free adapter 04 05
mdev m1
assign m1 adapter 04 05 domain 0004 0047
start g1 m1
mdev m2
assign m2 adapter 05 domain 0099
`;

function timelineOf(text: string): Timeline {
  const scenario = parseScenario(text);
  assert.ok(scenario.ok, JSON.stringify(scenario));
  return scenarioTimeline(scenario.value, DEFAULT_PROFILE);
}

function operationsOf(words: string, timeline: Timeline): readonly Operation[] {
  const line = readConsoleLine(words, { mdevs: timeline.mdevs, guests: ["g1"] });
  assert.ok(line.kind === "act", words);
  return line.operations;
}

const foretold = (timeline: Timeline, words: string): readonly string[] => {
  const { hurts, zeroized } = foretell(timeline, timeline.entries.length - 1, operationsOf(words, timeline));
  const told = hurts.map(({ guest, before, after, lost }) => `${guest} ${before} -> ${after}, ${lost.map(formatApqn)}`);
  return [...told, `${zeroized.length} zeroized`];
};

describe("what an action would take from running guests", () => {
  const timeline = timelineOf(HOST);

  it("is told by guest, with what goes for a time, and changes nothing", () => {
    const before = JSON.stringify(
      reportState(timeline.hostAt(timeline.entries.length - 1), timeline.playerAt(timeline.entries.length - 1).sysfs),
    );
    assert.deepEqual(foretold(timeline, "unbind 04.0047"), ["g1 4 -> 2, 04.0004,04.0047", "2 zeroized"]);
    assert.deepEqual(foretold(timeline, "keep adapter 05"), ["0 zeroized"]);
    const twice = [...operationsOf("unbind 05.0004", timeline), ...operationsOf("bind 05.0004", timeline)];
    const { hurts } = foretell(timeline, timeline.entries.length - 1, twice);
    assert.deepEqual(
      hurts.map(({ before: had, after, lost }) => [had, after, lost.length]),
      [[4, 4, 2]],
    );
    assert.equal(
      JSON.stringify(
        reportState(timeline.hostAt(timeline.entries.length - 1), timeline.playerAt(timeline.entries.length - 1).sysfs),
      ),
      before,
    );
  });

  it("is nothing for what only gives, for a guest that is stopped, and for what is refused", () => {
    for (const words of [
      "unbind 06.0004",
      "stop g1 m1",
      "assign m2 domain 0004",
      "mdev 6d646576-0000-4000-8000-000000000009",
    ])
      assert.deepEqual(foretell(timeline, timeline.entries.length - 1, operationsOf(words, timeline)).hurts, [], words);
  });

  it("has the mdev that is removed under its guest", () => {
    assert.deepEqual(
      foretold(timeline, "remove m1")
        .slice(0, -1)
        .map((line) => line.slice(0, 9)),
      ["g1 4 -> 0"],
    );
  });

  it("is what then happens, on random hosts of all kernels", () => {
    let hurt = 0;
    for (const [seed, profile] of PROFILES.entries()) {
      const source = new RandomOperations(new Random(seed + 70), { adapters: 3, domains: 3, mdevs: 3 });
      const one = Timeline.of(profile, [source.init()]);
      for (let i = 0; i < 500; i++) {
        const operation = source.next();
        const { hurts, zeroized } = foretell(one, one.entries.length - 1, [operation]);
        const entry = one.append(operation);
        const lost = entry.guests.filter(({ run, lost: gone }) => run === "went on" && gone.length > 0);
        assert.deepEqual(
          hurts.map((each) => each.lost),
          lost.map((each) => each.lost),
        );
        assert.deepEqual(zeroized, entry.zeroized);
        hurt += hurts.length;
      }
    }
    assert.ok(hurt > 10, `${hurt}`);
  });
});

describe("what takes an action back", () => {
  it("brings the host to where it was, but for what was wiped", () => {
    const timeline = timelineOf(HOST);
    const last = timeline.entries.length - 1;
    const masks = (one: Timeline): unknown => {
      const report = reportState(
        one.hostAt(one.entries.length - 1),
        one.playerAt(one.entries.length - 1).sysfs,
      ) as unknown as Record<string, unknown>;
      return JSON.parse(JSON.stringify(report));
    };
    for (const words of [
      "unbind 04.0047",
      "assign m1 control 0004",
      "unassign m1 domain 0047",
      "free adapter 06",
      "keep adapter 06",
      "mdev 6d646576-0000-4000-8000-000000000009",
    ]) {
      const operations = operationsOf(words, timeline);
      const back = undoOf(timeline.playerAt(last), operations);
      assert.ok(back.length > 0, words);
      const one = timeline.branch(last);
      const before = masks(one);
      for (const operation of [...operations, ...back]) one.append(operation);
      const after = masks(one);
      // The numbers of events go on.
      const strip = (report: unknown) =>
        JSON.stringify(report, (key, value) => (/^(?:rc|i|resets?|requests?)$/.test(key) ? undefined : value));
      assert.equal(strip(after), strip(before), words);
    }
  });

  it("is nothing where the rules have no opposite, or where it was refused", () => {
    const timeline = timelineOf(HOST);
    const player = () => timeline.playerAt(timeline.entries.length - 1);
    for (const words of ["remove m2", "scan", "card 04 standby", "assign m2 domain 0004"])
      assert.deepEqual(undoOf(player(), operationsOf(words, timeline)), [], words);
  });
});

describe("the headlines of a history", () => {
  const told = (text: string): readonly string[] =>
    headlinesOf(timelineOf(text).entries).map(
      ({ words, isBad, first, last }) => `${first}-${last} ${isBad ? "! " : ""}${words}`,
    );

  it("fold the set-up and scans without effect, and tell what guests lost", () => {
    assert.deepEqual(told(`${HOST}scan\nscan\nscan\nunbind 04.0047\nscan\nbind 04.0047\n`), [
      "0-10 set-up, 11 steps",
      "11-13 3 scans without effect",
      "14-14 ! unbind 04.0047: g1 −2, 2 zeroized",
      "15-15 scan",
      "16-16 bind 04.0047: g1 +2",
    ]);
  });

  it("cover every step once, in order, for random histories", () => {
    for (const [seed, profile] of PROFILES.entries()) {
      const source = new RandomOperations(new Random(seed + 5), { adapters: 3, domains: 3, mdevs: 3 });
      const { entries } = Timeline.of(profile, [source.init(), ...Array.from({ length: 150 }, () => source.next())]);
      const lines = headlinesOf(entries);
      assert.deepEqual(
        lines.flatMap(({ first, last }) => entries.slice(first, last + 1)),
        entries,
      );
      // No change of a running guest is folded away.
      for (const { first, last, kind } of lines)
        if (kind !== "event")
          assert.ok(entries.slice(first, last + 1).every(({ guests }) => guests.every(({ run }) => run === "started")));
    }
  });
});
