// A history as a guest sees it: its moments are the guest's, its lines are about the guest, and what is done there is foretold and taken
// back there.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatApqn } from "../../system/ap/apqn.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { Player } from "../../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { operationsFromWords } from "../scenario/event-words.ts";
import { parseScenario } from "../scenario/parse-scenario.ts";
import { foretell } from "./foretell.ts";
import { scenarioTimeline } from "./from-scenario.ts";
import { headlinesOf } from "./headlines.ts";
import { InsideHistory } from "./inside-history.ts";
import type { Timeline } from "./timeline.ts";
import { undoOf } from "./undo.ts";

/** Guest g1 gives card 05 to g2, which is a guest of its own. */
const NESTED = `host adapter 04 05 06 domain 0004 0047 guest g1=scan guest g1/g2=scan
free adapter 04 05 06
mdev m1
assign m1 adapter 04 05 domain 0004 0047
start g1 m1
in g1: free adapter 05
in g1: assign adapter 05 domain 0004 0047
in g1: start g2
mdev m2
assign m2 adapter 06 domain 0004
unassign m1 domain 0047
in g1: scan
in g1/g2: scan
`;

function timelineOf(text: string): Timeline {
  const scenario = parseScenario(text);
  assert.ok(scenario.ok, JSON.stringify(scenario));
  return scenarioTimeline(scenario.value, DEFAULT_PROFILE);
}

function operationsOf(words: string) {
  const read = operationsFromWords(words);
  assert.ok(read.ok, words);
  return read.value;
}

const own = (history: InsideHistory) => history.entries.filter(({ isElsewhere }) => !isElsewhere);

describe("a history seen from inside a guest", () => {
  it("has the guest's own state at each moment, in whatever order one goes there", () => {
    const timeline = timelineOf(NESTED);
    const player = new Player(timeline.profile);
    const states = timeline.entries.map(({ operation, i }) => {
      if (operation) player.apply(operation, i);
      return ["g1", "g1/g2"].map((path) => player.guestPlayer(path)?.host.state.words.slice());
    });
    const histories = ["g1", "g1/g2"].map((path) => new InsideHistory(timeline, path));
    const random = new Random(5);
    for (let round = 0; round < 60; round++) {
      const index = random.below(states.length);
      for (const [at, history] of histories.entries()) {
        const expected = states[index]?.[at];
        const found = history.lentPlayerAt(index)?.host.state.words;
        assert.equal(found === undefined, expected === undefined, `${history.path} at ${index}`);
        if (found && expected) assert.ok(sameState(found, expected), `${history.path} at ${index}`);
      }
    }
  });

  it("has a host in which nothing is while the guest does not run", () => {
    const history = new InsideHistory(timelineOf(NESTED), "g1");
    const { state } = history.hostAt(0);
    assert.deepEqual([state.machine.apm.ids(), state.devices.queues(), history.playerAt(0)], [[], [], undefined]);
  });

  it("tells what is done there in the guest's words, what is done beneath as such, and leaves out the rest", () => {
    const timeline = timelineOf(NESTED);
    const lines = (path: string) => own(new InsideHistory(timeline, path)).map(({ words }) => words);
    assert.deepEqual(lines("g1").slice(0, 2), ["on the host: start g1 m1", "echo -0x5 > bus/ap/apmask"]);
    assert.deepEqual(lines("g1").slice(-4), [
      "start g2 m1",
      "on the host: unassign m1 domain 0047",
      "scan",
      "in g2: scan",
    ]);
    assert.deepEqual(lines("g1/g2"), ["in g1: start g2 m1", "in g1: scan", "scan"]);
  });

  it("says what the host beneath gave to the guest, and what the guest gave to its own", () => {
    const timeline = timelineOf(NESTED);
    const words = (path: string) =>
      headlinesOf(new InsideHistory(timeline, path).entries)
        .filter(({ kind }) => kind === "event")
        .map((line) => line.words);
    assert.ok(words("g1").includes("on the host: unassign m1 domain 0047: this guest −2"), words("g1").join("\n"));
    assert.ok(
      words("g1").some((line) => line.startsWith("scan: g2 −1, its bus −2")),
      words("g1").join("\n"),
    );
    assert.ok(words("g1/g2").includes("in g1: scan: this guest −1"), words("g1/g2").join("\n"));
  });

  it("numbers the guest's mdevs by themselves, also where the host has the same UUID", () => {
    const timeline = timelineOf(NESTED);
    const [inner, ...others] = new InsideHistory(timeline, "g1").mdevs;
    assert.ok(inner !== undefined && others.length === 0);
    assert.equal(new InsideHistory(timeline, "g1").mdevNumber(inner), 1);
    assert.equal(timeline.mdevs.length, 2);
  });

  it("goes on from a branch as it was", () => {
    const timeline = timelineOf(NESTED);
    const branch = timeline.branch(timeline.entries.length - 3);
    for (const operation of operationsOf("in g1: scan")) branch.append(operation);
    assert.deepEqual(branch.entries.at(-1)?.inside, timeline.entries.at(-2)?.inside);
    assert.deepEqual(branch.pathsInside, ["g1", "g1/g2"]);
  });
});

describe("what is done inside a guest", () => {
  it("is foretold for the guests of the guest, by their whole names", () => {
    const timeline = timelineOf(NESTED.slice(0, NESTED.indexOf("unassign")));
    const told = foretell(timeline, timeline.entries.length - 1, operationsOf("in g1: unbind 05.0047"));
    assert.deepEqual(
      told.hurts.map(({ guest, before, after, lost }) => [guest, before, after, lost.map(formatApqn)]),
      [["g1/g2", 2, 0, ["05.0004", "05.0047"]]],
    );
    assert.ok(told.zeroized.length > 0);
  });

  it("is taken back there", () => {
    const timeline = timelineOf(NESTED.slice(0, NESTED.indexOf("mdev m2")));
    const operations = operationsOf("in g1: unbind 05.0047");
    const back = undoOf(timeline.playerAt(timeline.entries.length - 1), operations);
    assert.ok(back.length > 0 && back.every((one) => one.in === "g1"));
    const given = () =>
      new InsideHistory(timeline, "g1").hostAt(timeline.entries.length - 1).state.vfioBound.queues().length;
    const before = given();
    for (const operation of operations) timeline.append(operation);
    assert.equal(given(), before - 1);
    for (const operation of back) timeline.append(operation);
    assert.equal(given(), before);
  });

  it("where no such guest runs is a refusal, and makes no guest known", () => {
    const timeline = timelineOf(NESTED);
    assert.equal(timeline.append({ op: "scan", part: "all", in: "g7" }).answer?.r, "EBADF");
    assert.ok(!timeline.pathsInside.includes("g7"));
  });
});
