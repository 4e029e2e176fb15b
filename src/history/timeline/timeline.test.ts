// Timelines: every moment is the one that was, however one gets there; branches; what is written out does the same again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import type { Init, Operation } from "../../system/trace/operation.ts";
import { playTrace } from "../../system/trace/play.ts";
import { Player } from "../../system/trace/player.ts";
import { reportState } from "../../system/trace/state-report.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";
import { DEFAULT_PROFILE, PROFILES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { parseScenario } from "../scenario/parse-scenario.ts";
import { runScenario } from "../scenario/run-scenario.ts";
import { isSnapshot, parseHistory } from "./snapshot-line.ts";
import { openStoredHost } from "./stored-host.ts";
import { Timeline } from "./timeline.ts";
import { scenarioText, traceText } from "./write-out.ts";

const NO_CHANGE = {
  op: "hw",
  apm: undefined,
  aqm: undefined,
  adm: undefined,
  rmAp: [],
  rmDom: [],
  rmCd: [],
  addAp: [],
  addDom: [],
  addCd: [],
} as const;
const SIZE = { adapters: 4, domains: 4, mdevs: 9 };

function randomOperations(seed: number, count: number): readonly Operation[] {
  const random = new RandomOperations(new Random(seed), SIZE);
  return [random.init(), ...Array.from({ length: count - 1 }, () => random.next())];
}

/** The host's words after each operation, by a player that is never moved. */
function allStates(operations: readonly Operation[], profile = PROFILES[0] as (typeof PROFILES)[0]): Uint32Array[] {
  const player = new Player(profile);
  return operations.map((operation, at) => {
    player.apply(operation, at + 1);
    return player.host.state.words.slice();
  });
}

describe("a moment of a timeline", () => {
  for (const profile of PROFILES) {
    it(`is what it was, in whatever order one goes there (${profile.name})`, () => {
      const operations = randomOperations(7, 400);
      const states = allStates(operations, profile);
      const timeline = Timeline.of(profile, operations);
      const random = new Random(3);
      for (let round = 0; round < 150; round++) {
        const index = random.below(operations.length);
        const { words } = timeline.hostAt(index).state;
        assert.ok(sameState(words, states[index] as Uint32Array), `moment ${index}`);
      }
    });
  }

  it("that never was is refused", () => {
    const timeline = Timeline.of(PROFILES[0] as (typeof PROFILES)[0], randomOperations(1, 5));
    assert.throws(() => timeline.hostAt(5), /no moment 5/);
    assert.throws(() => timeline.hostAt(-1), /no moment -1/);
  });
});

describe("a branch", () => {
  it("goes on from its moment and leaves the history that it came from as it was", () => {
    const [profile] = PROFILES;
    assert.ok(profile);
    const operations = randomOperations(11, 300);
    const timeline = Timeline.of(profile, operations);
    for (const at of [0, 63, 64, 130, 299]) {
      const others = randomOperations(at + 100, 60).slice(1);
      const branch = timeline.branch(at);
      for (const operation of others) branch.append(operation);
      // Names have other numbers in a branch, so not the words are the same but all that can be seen.
      const player: Player = new Player(profile);
      for (const [index, operation] of [...operations.slice(0, at + 1), ...others].entries()) {
        player.apply(operation, index + 1);
        if (![0, at, at + 1, at + 20, at + others.length].includes(index)) continue;
        const { host, sysfs } = branch.playerAt(index);
        assert.deepEqual(reportState(host, sysfs), reportState(player.host, player.sysfs), `${at}: ${index}`);
      }
    }
    const states = allStates(operations);
    assert.ok(sameState(timeline.hostAt(299).state.words, states[299] as Uint32Array));
    assert.equal(timeline.entries.length, 300);
  });

  it("knows what its guests had before", () => {
    const timeline = timelineOf(GUEST_SCENARIO);
    const branch = timeline.branch(timeline.entries.length - 1);
    const { guests } = branch.append({ op: "write", path: "bus/ap/drivers/vfio_ap/unbind", value: "04.0047\n" });
    assert.deepEqual(guests, [
      {
        mdev: "6d646576-0000-4000-8000-000000000001",
        guest: "g1",
        run: "went on",
        gained: [],
        lost: [0x0404, 0x0447],
        controlsChanged: false,
      },
    ]);
  });
});

const GUEST_SCENARIO = `host adapter 04 05 domain 0004 0047
free adapter 04 05
assign adapter 04 domain 0004 0047
start
`;

function operationsOf(text: string): readonly Operation[] {
  const scenario = parseScenario(text);
  assert.ok(scenario.ok, JSON.stringify(scenario));
  return scenario.value.lines.flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
}

const timelineOf = (text: string, profile = "linux-7.3"): Timeline =>
  Timeline.of(profileNamed(profile) ?? assert.fail(), operationsOf(text));

describe("a host that was found", () => {
  it("is a moment like any other, and operations go on from it", () => {
    const operations = randomOperations(41, 200);
    const timeline = Timeline.of(PROFILES[0] ?? assert.fail(), operations);
    const seen = Timeline.empty(timeline.profile);
    const looks = [20, 80, 81, 199];
    for (const [at, index] of looks.entries()) {
      const { words, seenAt } = seen.appendHost(timeline.hostAt(index), { seenAt: index });
      assert.equal(seenAt, index);
      assert.equal(words === "the host as it was found", at === 0);
    }
    for (const [at, index] of [...looks.entries()].reverse()) {
      assert.ok(sameState(seen.hostAt(at).state.words, timeline.hostAt(index).state.words), `look ${at}`);
    }
    const [, ...more] = randomOperations(42, 100);
    for (const operation of more) {
      timeline.append(operation);
      seen.append(operation);
    }
    for (const back of [99, 1, 50]) {
      const [a, b] = [seen, timeline].map((one) => one.hostAt(one.entries.length - back).state.words);
      assert.ok(a && b && sameState(a, b), `${back} before the end`);
    }
    assert.ok(sameState(seen.hostAt(1).state.words, timeline.hostAt(80).state.words));
  });

  it("does not make a guest stop of which it is not known whether it runs", () => {
    const timeline = timelineOf(`${GUEST_SCENARIO}stop\n`);
    const { length } = timeline.entries;
    const changes = (unknown: readonly string[]) => {
      const seen = Timeline.empty(timeline.profile);
      seen.appendHost(timeline.hostAt(length - 2));
      return seen.appendHost(timeline.hostAt(length - 1), { unknown }).guests.map(({ run }) => run);
    };
    assert.deepEqual(changes([]), ["stopped"]);
    assert.deepEqual(
      changes([`whether a guest runs cannot be told for ${timeline.mdevs[0]}: taken as not running`]),
      [],
    );
  });

  it("is told by what is different", () => {
    const timeline = timelineOf(`${GUEST_SCENARIO}unbind 04.0047\nmdev m2\n`);
    const seen = Timeline.empty(timeline.profile);
    const { length } = timeline.entries;
    seen.appendHost(timeline.hostAt(length - 3));
    const { words, guests } = seen.appendHost(timeline.hostAt(length - 1));
    assert.equal(words, "mdev m2 created; queue 04.0047 left vfio_ap");
    assert.deepEqual(
      guests.map(({ lost }) => lost),
      [[0x0404, 0x0447]],
    );
  });
});

describe("an entry", () => {
  it("says what happened, what guests gained and lost, and which queues were zeroized", () => {
    const timeline = timelineOf(`${GUEST_SCENARIO}unbind 04.0047\nbind 04.0047\nstop\n`);
    const last = timeline.entries.slice(-4).map(({ words, guests, zeroized, filteredBy }) => ({
      words,
      guests: guests.map(({ run, gained, lost }) => ({ run, gained, lost })),
      zeroized,
      filteredBy,
    }));
    const both = [0x0404, 0x0447];
    assert.deepEqual(last, [
      { words: "start g1 m1", guests: [{ run: "started", gained: both, lost: [] }], zeroized: [], filteredBy: [] },
      {
        words: "unbind 04.0047",
        guests: [{ run: "went on", gained: [], lost: both }],
        zeroized: both,
        filteredBy: [0x0447],
      },
      {
        words: "bind 04.0047",
        guests: [{ run: "went on", gained: both, lost: [] }],
        zeroized: [],
        filteredBy: [],
      },
      { words: "stop g1 m1", guests: [{ run: "stopped", gained: [], lost: both }], zeroized: both, filteredBy: [] },
    ]);
  });

  it("says that a recorded answer was another one", () => {
    const timeline = timelineOf(GUEST_SCENARIO);
    const write = { op: "write", path: "bus/ap/drivers/vfio_ap/bind", value: "04.0047\n" } as const;
    const { answer } = timeline.branch(timeline.entries.length - 1).append(write);
    assert.equal(timeline.append(write, { expected: { ...answer } }).differs, false);
    assert.equal(timeline.append(write, { expected: { r: 8 } }).differs, true);
    assert.equal(timeline.append(write).differs, false);
  });
});

describe("what is written out", () => {
  it("as a recording, where a host was found, is read again as the same history", () => {
    const timeline = Timeline.of(PROFILES[0] ?? assert.fail(), randomOperations(61, 40));
    const seen = Timeline.empty(timeline.profile);
    seen.appendHost(timeline.hostAt(20), { seenAt: 7, unknown: ["who did it"] });
    for (const operation of randomOperations(62, 30).slice(1)) seen.append(operation);
    const read = parseHistory(traceText(seen, seen.entries.length - 1, "seen"));
    assert.ok(read.ok, JSON.stringify(read));
    const again = Timeline.empty(timeline.profile);
    for (const line of read.value.lines) {
      if (isSnapshot(line)) again.appendHost(openStoredHost(line.snapshot), { seenAt: line.at, unknown: line.unknown });
      else assert.equal(again.append(line.operation, { i: line.i, expected: line.expected }).differs, false);
    }
    assert.deepEqual(again.entries, seen.entries);
    for (const index of [0, 10, 29]) {
      assert.ok(sameState(again.hostAt(index).state.words, seen.hostAt(index).state.words), `${index}`);
    }
  });

  it("as a trace plays without a difference", () => {
    for (const profile of PROFILES) {
      const timeline = Timeline.of(profile, randomOperations(23, 150));
      const trace = parseTrace(traceText(timeline, 120, "some"));
      assert.ok(trace.ok, JSON.stringify(trace));
      const { operations, differences } = playTrace(trace.value);
      assert.equal(operations, 121);
      assert.deepEqual(differences, []);
    }
  });

  it("as a scenario is one, does the same, and sees the same", () => {
    for (const profile of PROFILES) {
      const timeline = Timeline.of(profile, randomOperations(29, 200));
      const scenario = parseScenario(scenarioText(timeline, 199, "some"));
      assert.ok(scenario.ok, JSON.stringify(scenario));
      let last: Uint32Array | undefined;
      const { failures } = runScenario(scenario.value, profile, (host) => {
        last = host.state.words;
      });
      assert.deepEqual(failures, []);
      assert.ok(last && sameState(last, timeline.hostAt(199).state.words));
    }
  });

  it("as a scenario knows cards of another type, scans of one device, and guests that are called as others would be", () => {
    const init: Operation = {
      ...(new RandomOperations(new Random(3), SIZE).init() as Init),
      type: 11,
      types: new Map(),
    };
    const uuids = [1, 2].map((n) => `6d646576-0000-4000-8000-00000000000${n}`) as [string, string];
    const create = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
    const timeline = Timeline.of(DEFAULT_PROFILE, [
      init,
      ...uuids.map((value): Operation => ({ op: "write", path: create, value })),
      { op: "open", guest: "g-1", mdev: uuids[0] },
      { op: "open", guest: "Alpha", mdev: uuids[1] },
      { ...NO_CHANGE, rmAp: [0] },
      { op: "scan", part: "notice" },
      { op: "scan", part: "device", q: apqnOf(asApid(0), asApqi(0)) },
    ]);
    const last = timeline.entries.length - 1;
    const scenario = parseScenario(scenarioText(timeline, last, "two\nlines"));
    assert.ok(scenario.ok, JSON.stringify(scenario));
    let words: Uint32Array | undefined;
    const { failures } = runScenario(scenario.value, DEFAULT_PROFILE, (host) => {
      words = host.state.words;
    });
    assert.deepEqual(failures, []);
    assert.ok(words && sameState(words, timeline.hostAt(last).state.words));
  });
});
