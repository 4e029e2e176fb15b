// Whole small universes of the real core, pinned: how many states there are, how deep they are, and what never happens in them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { must } from "../../system/ap/assert.ts";
import { playTrace } from "../../system/trace/play.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";
import { isLongForm, sample } from "../../testing/support/long-form.ts";
import { explore } from "../explorer/exploration.ts";
import type { ExploreResult } from "../explorer/explore-result.ts";
import { type Model, PropertyThrew, Successors } from "../model.ts";
import type { CheckedHost, CheckProperty } from "../properties.ts";
import { coreModel } from "./core-model.ts";
import { EVENT_KINDS } from "./kinds.ts";
import type { CoreOptions } from "./universe.ts";

const MEMORY = 1e9;
const SMALL = { profile: "linux-7.3", adapters: 2, domains: 2, mdevs: 1, absent: 1 } as const;

function opened(options: Partial<CoreOptions> = {}, more: readonly CheckProperty[] = []): Model {
  const model = coreModel({ ...SMALL, ...options }, more);
  assert.ok(!("error" in model), JSON.stringify(model));
  return model;
}

const errorOf = (options: Partial<CoreOptions>, more: readonly CheckProperty[] = []): string => {
  const model = coreModel({ ...SMALL, ...options }, more);
  return "error" in model ? model.error : "no error";
};

const all = (model: Model): ExploreResult =>
  explore(model, { bytes: MEMORY, symmetry: model.canonical !== undefined }, {});
const counts = ({ states, transitions, depth }: ExploreResult) => [states, transitions, depth];
const broken = ({ properties }: ExploreResult) =>
  properties.filter(({ violations }) => violations > 0).map(({ property, shortest }) => `${property.name} ${shortest}`);

describe("all states of a small host", () => {
  it("are those of the reference model where no configuration changes", () => {
    // Rows of docs/reference-model.md §7: found alike by Spin, TLC, a program in C and others.
    assert.deepEqual(counts(all(opened({ absent: 0 }))), [816, 7_344, 11]);
    if (isLongForm) assert.deepEqual(counts(all(opened({ absent: 0, mdevs: 2 }))), [34_368, 453_760, 16]);
  });

  for (const profile of isLongForm ? ["linux-7.3", "linux-6.8"] : []) {
    it(`are as many in 2x2x1 under all kernels that filter the whole matrix: ${profile}`, () => {
      const result = all(opened({ profile }));
      assert.deepEqual(counts(result), [28_424, 261_364, 25]);
      assert.deepEqual(broken(result), ["assertion 5", "progress 6", "giving 5"]);
    });
  }

  for (const [profile, inStatic, inChanging, what] of [
    ["linux-6.0", 15_137, 4_006, ["bound 5", "assertion 5", "progress 6", "fresh 6", "untouched 10", "giving 5"]],
    ["linux-5.19", 6_672, 1_773, ["bound 5", "host 5", "untouched 5"]],
    ["v12", 6_085, 3_230, ["host 5", "assertion 5", "progress 4", "fresh 4"]],
    ["v11-aqm", 3_036, 7_347, ["bound 6", "host 5", "assertion 7", "progress 6", "untouched 9", "giving 6"]],
    [
      "v11",
      3_040,
      7_347,
      ["bound 6", "host 5", "assertion 7", "progress 6", "untouched 9", "giving 6", "unplugged-removal 8"],
    ],
  ] as const) {
    it(`are counted, and what breaks is known: ${profile}`, () => {
      if (isLongForm) assert.equal(all(opened({ profile, absent: 0 })).states, inStatic);
      const result = all(opened({ profile, adapters: 1 }));
      assert.equal(result.states, inChanging);
      assert.deepEqual(broken(result), what);
    });
  }

  it("are reached in every way that an administrator has, and what the kernel keeps holds for each", () => {
    const kept = [
      "one-guest",
      "bound",
      "host",
      "control",
      "reset",
      "unplugged-removal",
      "lock-order",
      "one-mdev",
      "matrix",
    ];
    for (const { name } of sample(EVENT_KINDS, 3)) {
      // What belongs to the host's driver can be probed only with masks.
      const events = ["bind", "unbind", "assign", "open", "close", name, ...(name === "probe" ? ["masks"] : [])];
      const model = opened({ adapters: 1, events, properties: kept });
      const reached = new Set<number>();
      const result = explore(watched(model, reached), { bytes: MEMORY }, {});
      assert.equal(result.stopped, undefined, name);
      assert.deepEqual(broken(result), [], name);
      const idle = [...Array(model.events).keys()]
        .filter((event) => !reached.has(event))
        .map((e) => model.eventText(e));
      assert.deepEqual(idle, [], `${name}: never happened`);
    }
  });
});

/** The model, noting which events happen. */
function watched(model: Model, reached: Set<number>): Model {
  const expand = (states: Int32Array, at: number, successors: Successors): void => {
    const from = successors.count;
    model.expand(states, at, successors);
    for (let n = from; n < successors.count; n++) reached.add(must(successors.events[n]));
  };
  return new Proxy(model, { get: (target, key) => (key === "expand" ? expand : bound(target, key)) });
}

/** The member itself, or as a method of its object. */
function bound(target: Model, key: string | symbol): unknown {
  const member = Reflect.get(target, key);
  return typeof member === "function" ? member.bind(target) : member;
}

/** The smallest of all that are like a state, found by trying them is what canonical does; here: how many are like it. */
function orbitSum(options: Partial<CoreOptions>): readonly [number, number] {
  const full = opened({ ...options, scanOrder: "any" });
  const reduced = opened({ ...options, symmetry: true });
  const states: string[] = [];
  const seen = new Set<string>();
  const successors = new Successors(full.words, full.events);
  const add = (state: Int32Array) => {
    const key = state.join();
    if (seen.has(key)) return;
    seen.add(key);
    states.push(key);
  };
  const first = new Int32Array(full.words);
  full.initial(first, 0);
  add(first);
  const orbits = new Set<string>();
  for (const key of states) {
    const state = Int32Array.from(key.split(","), Number);
    successors.count = 0;
    full.expand(state, 0, successors);
    for (let n = 0; n < successors.count; n++) add(successors.states.slice(n * full.words, (n + 1) * full.words));
    reduced.canonical?.(state, 0);
    orbits.add(state.join());
  }
  return [orbits.size, seen.size];
}

describe("symmetry", () => {
  const HOSTS: readonly (readonly [string, Partial<CoreOptions>])[] = [
    ["2x1x2", { domains: 1, mdevs: 2, absent: 0 }],
    ["2x2x1", { absent: 1, events: ["bind", "assign", "open", "config"] }],
    [
      "1x2x2 and mdevs that come and go",
      { adapters: 1, mdevs: 2, events: ["bind", "assign", "unassign", "open", "mdev"] },
    ],
    ["1x2x1 and faults", { adapters: 1, events: ["bind", "unbind", "assign", "open", "fault", "control"] }],
  ];
  for (const [name, options] of sample(HOSTS, 3)) {
    it(`counts each orbit of all states once, no more and no fewer: ${name}`, () => {
      const [orbits, full] = orbitSum(options);
      const reduced = all(opened({ ...options, symmetry: true }));
      assert.equal(reduced.states, orbits);
      assert.ok(orbits < full);
    });
  }

  it("finds the same, as near", () => {
    const events = ["bind", "unbind", "assign", "unassign", "open", "config"];
    const options = { adapters: isLongForm ? 2 : 1, events, absent: 1 };
    const [full, reduced] = [
      all(opened({ ...options, scanOrder: "any" })),
      all(opened({ ...options, symmetry: true })),
    ];
    assert.deepEqual(broken(reduced), broken(full));
    assert.equal(reduced.depth, full.depth);
  });
});

describe("a path that was found", () => {
  it("is a trace that plays without a difference, and ends where the checker says", () => {
    for (const profile of ["linux-7.3", "linux-6.0", "v11"]) {
      const model = opened({
        profile,
        adapters: 1,
        events: ["bind", "unbind", "assign", "unassign", "open", "config"],
      });
      for (const { path, property } of all(model).properties) {
        if (!path) continue;
        const parsed = parseTrace(model.traceLines?.(path, "it").join("\n") as string);
        assert.ok(parsed.ok, JSON.stringify(parsed));
        assert.ok(parsed.value.lines.length > path.events.length, property.name);
        assert.deepEqual(playTrace(parsed.value).differences, [], `${profile}: ${property.name}`);
      }
    }
  });

  it("is a script of writes, and of events of a lab where no write does it", () => {
    const model = opened({ properties: ["assertion"] });
    const [{ path } = {}] = all(model).properties;
    assert.ok(path);
    const script = model.scriptLines?.(path, "it") as readonly string[];
    assert.equal(script[0], "#!/bin/sh");
    assert.ok(script.includes("printf %s 00.0000 > /sys/bus/ap/drivers/vfio_ap/bind"));
    assert.ok(script.some((line) => line.startsWith('apmatrix lab event \'{"op":"hw",')));
    assert.deepEqual(
      script.filter((line) => !/^(#|printf |apmatrix lab event )/.test(line)),
      [],
    );
  });
});

describe("two kernels against each other", () => {
  const PLAIN = ["bind", "unbind", "assign", "unassign", "open", "close"];
  const shortest = (profile: string, against: string, property: string, absent = 0) => {
    const model = opened({
      profile,
      against,
      properties: [property],
      events: absent ? [...PLAIN, "config"] : PLAIN,
      absent,
    });
    const { properties, stopped } = explore(model, { bytes: MEMORY }, { first: true });
    return {
      shortest: properties[0]?.shortest,
      stopped,
      events: properties[0]?.path?.events.map((e) => model.eventText(e)),
    };
  };

  it("differ after the shortest way, in masks or in queues", () => {
    assert.equal(shortest("v11", "linux-6.12", "same-masks").shortest, 2);
    assert.deepEqual(shortest("v11", "linux-6.12", "same-queues").events, [
      "bind 00.0000",
      "assign m1 adapter 00",
      "assign m1 adapter 01",
      "start g1 m1",
      "assign m1 domain 0000",
    ]);
    // The seed discussion's question: nine events until it makes a difference to a guest.
    assert.equal(shortest("v11", "v11-aqm", "same-queues").shortest, 9);
  });

  it("do not differ where nothing that was changed matters", () => {
    const found = shortest("linux-6.12", "linux-7.3", "same-masks", 1);
    assert.deepEqual([found.shortest, found.stopped], [null, undefined]);
  });
});

describe("options that are wrong", () => {
  it("are told with what would be right, in one line", () => {
    assert.match(errorOf({ profile: "linux-9" }), /^unknown profile "linux-9"; known: linux-7.3, /);
    assert.match(
      errorOf({ against: "linux-7.3-without-luck" }),
      /^--without: linux-7.3 has no fix "luck" .*; fixes: whole-/,
    );
    assert.match(errorOf({ profile: "linux-6.0-without-reset-filtered" }), /^--without: linux-6.0 has no fix "reset-f/);
    assert.match(errorOf({ events: ["bind", "boil"] }), /^--events: there are no events "boil"; known: bind, unbind, /);
    assert.match(errorOf({ events: ["config", "hardware"] }), /^--events: config and hardware .*; take one of them$/);
    assert.match(errorOf({ events: ["ap_config"], adapters: 5, domains: 4 }), /^--events: ap_config .* at most 8 /);
    assert.match(errorOf({ adapters: 9 }), /^--host: 9 adapters; the checker takes 1 to 8$/);
    assert.match(errorOf({ mdevs: 0 }), /^--host: 0 mdevs/);
    assert.match(errorOf({ absent: -1 }), /^--absent/);
    assert.match(errorOf({ properties: ["luck"] }), /^--property: there is none "luck"; known: one-guest, /);
    assert.match(
      errorOf({ against: "v11", properties: ["reset"] }),
      /with --against there is none "reset"; known: same-masks/,
    );
  });
});

describe("properties of a user's own", () => {
  const own = (holds: () => boolean): CheckProperty => ({
    name: "own",
    sentence: "something of my own",
    kind: "always",
    on: "state",
    holds,
  });

  it("are looked at beside the usual ones", () => {
    const isNeverRunning: CheckProperty = {
      ...own(() => true),
      on: "state",
      holds: (now: CheckedHost) => now.state.mdevs.every(({ isAttached }) => !isAttached),
    };
    const result = all(opened({ adapters: 1, domains: 1 }, [isNeverRunning]));
    assert.equal(result.properties.find(({ property }) => property.name === "own")?.shortest, 1);
  });

  it("that look for something find it, or do not", () => {
    const events = ["bind", "assign", "open"];
    const result = all(opened({ events, properties: ["whole-guest"] }));
    // Four queues bound, two adapters and two domains assigned, the guest started.
    assert.equal(result.properties[0]?.shortest, 9);
    assert.equal(all(opened({ events, adapters: 1, properties: ["whole-guest"] })).properties[0]?.shortest, null);
  });

  it("that throw are named", () => {
    const model = opened({}, [own(() => (undefined as unknown as { x: boolean }).x)]);
    const state = new Int32Array(model.words);
    model.initial(state, 0);
    assert.throws(
      () => model.violations(state, 0),
      (error) => error instanceof PropertyThrew && error.property === "own",
    );
  });

  it("cannot have a name twice", () => {
    assert.match(errorOf({}, [{ ...own(() => true), name: "reset" }]), /^there are two properties "reset"$/);
  });
});
