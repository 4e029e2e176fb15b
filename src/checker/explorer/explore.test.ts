// The explorer: growing tables, fingerprints, bounds, traces, properties that throw.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inLongForm, sample } from "../../testing/support/long-form.ts";
import { explorePlainly } from "../../testing/support/plain-explorer.ts";
import { type Model, type ModelProperty, PropertyThrew, Successors } from "../model.ts";
import { pathItf } from "../path-itf.ts";
import { pathLines } from "../path-text.ts";
import { referenceModel } from "../reference/reference-model.ts";
import type { ReferenceOptions } from "../reference/reference-options.ts";
import { runCheck } from "../run/run-check.ts";
import { Crew, controlWords } from "./crew.ts";
import { Exploration, explore } from "./exploration.ts";
import type { ExploreResult } from "./explore-result.ts";
import { reserveMemory } from "./state-memory.ts";
import { missProbability } from "./table.ts";

const SMALL: ReferenceOptions = {
  adapters: 2,
  domains: 2,
  mdevs: 1,
  absent: 1,
  rule: 3,
  controlDomains: false,
  reserved: false,
};
const MIB = 2 ** 20;

/** Any model with more words a state, all of which say the same: other tables, same counts. */
function widened(model: Model, words: number): Model {
  const narrow = new Int32Array(model.words);
  const inner = new Successors(model.words, model.events);
  const take = (states: Int32Array, at: number): Int32Array => {
    narrow.set(states.subarray(at + words - model.words, at + words));
    return narrow;
  };
  const put = (states: Int32Array, at: number, state: Int32Array): void => {
    for (let w = 0; w < words; w++) states[at + w] = state[(w + words * model.words - words) % model.words]!;
  };
  return {
    ...model,
    words,
    initial: (states, at) => {
      model.initial(narrow, 0);
      put(states, at, narrow);
    },
    expand: (states, at, out) => {
      inner.count = 0;
      model.expand(take(states, at), 0, inner);
      for (let i = 0; i < inner.count; i++) {
        put(out.states, out.count * words, inner.states.slice(i * model.words, (i + 1) * model.words));
        out.events[out.count] = inner.events[i]!;
        out.violations[out.count++] = inner.violations[i]!;
      }
    },
    violations: (states, at) => model.violations(take(states, at), 0),
    variables: (states, at) => model.variables(take(states, at), 0),
  };
}

const countsOf = ({ states, transitions, depth, properties }: ExploreResult) => ({
  states,
  transitions,
  depth,
  properties: properties.map(({ property, violations, shortest }) => [property.name, violations, shortest]),
});

/** A path is right if the model itself can follow it. */
function assertPath(model: Model, { path, property }: ExploreResult["properties"][number], length: number): void {
  assert.ok(path, property.name);
  assert.equal(path.events.length, length, property.name);
  const { words } = model;
  const first = new Int32Array(words);
  model.initial(first, 0);
  assert.deepEqual(path.states.slice(0, words), first);
  const successors = new Successors(words, model.events);
  for (const [n, event] of path.events.entries()) {
    successors.count = 0;
    model.expand(path.states, n * words, successors);
    const i = successors.events.subarray(0, successors.count).indexOf(event);
    const after = path.states.slice((n + 1) * words, (n + 2) * words);
    assert.deepEqual(successors.states.slice(i * words, (i + 1) * words), after, `event ${n + 1}`);
  }
}

describe("an exploration", () => {
  it("counts what the plain explorer counts, whatever the table, while the table grows", () => {
    const model = referenceModel(SMALL);
    const plain = explorePlainly(model);
    const expected = {
      states: plain.states,
      transitions: plain.transitions,
      depth: plain.depth,
      properties: [...plain.properties].map(([name, { violations, shortest }]) => [name, violations, shortest]),
    };
    // From 4,096 slots on: tables of this size have grown several times.
    assert.ok(plain.states > 4 * 4096);
    assert.deepEqual(countsOf(explore(model)), expected, "two words");
    assert.deepEqual(countsOf(explore(model, { fingerprint: true })), expected, "fingerprints");
    assert.deepEqual(countsOf(explore(widened(model, 5))), expected, "five words");
    assert.deepEqual(
      countsOf(explore(widened(model, 5), { fingerprint: true })),
      expected,
      "fingerprints of five words",
    );
  });

  it("finds a shortest path that the model can go, whatever the table", () => {
    const model = referenceModel(SMALL);
    const manners = [{}, { fingerprint: true }, { symmetry: true }, { symmetry: true, fingerprint: true }];
    for (const manner of sample(manners, 3)) {
      const broken = explore(model, manner).properties.filter(({ violations }) => violations > 0);
      assert.ok(broken.length > 3);
      for (const found of broken) assertPath(model, found, found.shortest as number);
    }
  });

  it("says how likely a miss is with fingerprints, and nothing of it without", () => {
    const model = referenceModel(SMALL);
    assert.equal(explore(model).missProbability, undefined);
    const { states, missProbability: probability } = explore(model, { fingerprint: true });
    assert.equal(probability, missProbability(states));
    assert.equal(missProbability(2), 2 ** -64);
    assert.equal(missProbability(2 ** 40), 1);
  });

  it("stops at a depth with the states of all levels up to it", () => {
    const model = referenceModel(SMALL);
    const all = explore(model);
    for (const depth of [0, 1, 7]) {
      const some = explore(model, {}, { depth });
      assert.equal(some.stopped, "depth");
      assert.equal(some.depth, depth);
      assert.ok(some.states < all.states);
    }
    assert.deepEqual([explore(model, {}, { depth: 0 }).states, explore(model, {}, { depth: 0 }).transitions], [1, 0]);
    assert.deepEqual(countsOf(explore(model, {}, { depth: 1000 })), countsOf(all));
  });

  it("stops at a number of states, not much later", () => {
    const { states, stopped } = explore(referenceModel(SMALL), {}, { states: 10_000 });
    assert.equal(stopped, "states");
    assert.ok(states >= 10_000 && states < 11_000, `${states}`);
  });

  it("stops when the memory is full and reports what it has", () => {
    const model = referenceModel({ ...SMALL, mdevs: 2 });
    for (const fingerprint of sample([true, false])) {
      const { stopped, states, bytes, properties } = explore(model, { bytes: 4 * MIB, fingerprint });
      assert.equal(stopped, "memory");
      assert.ok(states > 20_000 && bytes <= 4 * MIB, `${states} ${bytes}`);
      assert.equal(properties.find(({ property }) => property.name === "I6w")?.shortest, 5);
    }
  });

  it("stops after the level in which something is found first", () => {
    const { stopped, depth, properties } = explore(referenceModel(SMALL), {}, { first: true });
    assert.equal(stopped, "found");
    const shortest = properties.flatMap((found) => found.shortest ?? []);
    assert.equal(depth, Math.min(...shortest));
  });

  it("can be stopped between two slices", () => {
    const model = referenceModel({ ...SMALL, mdevs: 2 });
    const memory = reserveMemory(model, { workers: 1, symmetry: false, fingerprint: false, bytes: 256 * MIB });
    const crew = new Crew(controlWords(1), 1);
    const exploration = new Exploration(model, false, {}, memory, crew);
    exploration.run(20);
    crew.wish("interrupted");
    exploration.run(1);
    assert.deepEqual([exploration.isDone, exploration.stopped], [true, "interrupted"]);
    const { states, transitions } = exploration.report;
    assert.ok(states > 1 && transitions > 1);
  });

  it("names the property that threw, and the way to where it did", () => {
    const model = referenceModel(SMALL);
    const odd: ModelProperty = { name: "odd", sentence: "nothing is odd", kind: "always", on: "state" };
    const throwing: Model = {
      ...model,
      properties: [odd],
      violations: (states, at) => {
        if ((model.violations(states, at) & 0b100_0000) === 0) return 0;
        throw new PropertyThrew("odd", new Error("it is odd"));
      },
    };
    const { stopped, threw } = explore(throwing);
    assert.equal(stopped, "threw");
    assert.equal(threw?.message, 'property "odd" threw: it is odd');
    assert.equal(threw?.path.events.length, 5);
  });
});

describe("several workers", () => {
  const DEPTH = inLongForm(8, 6);
  const FULL = inLongForm(8, 4) * MIB;
  const run = (workers: number, more: { bytes?: number; signal?: AbortSignal }, bounds: object) => {
    const options = { ...SMALL, mdevs: 2, rule: 0 };
    const { bytes = 256 * MIB, signal } = more;
    const manner = { workers, symmetry: false, fingerprint: false, bytes };
    return runCheck({
      spec: { model: "reference", options },
      manner,
      bounds,
      ...(signal ? { signal: () => signal } : {}),
    });
  };

  it("stop at a depth with the same states as one", async () => {
    const [one, two] = [await run(1, {}, { depth: DEPTH }), await run(2, {}, { depth: DEPTH })];
    assert.deepEqual(countsOf(two.result), countsOf(one.result));
    assert.equal(two.result.stopped, "depth");
    for (const found of two.result.properties) {
      if (found.path !== undefined) assertPath(two.model, found, found.shortest as number);
    }
  });

  it("stop when one has no room left", async () => {
    const { result } = await run(2, { bytes: FULL }, {});
    assert.equal(result.stopped, "memory");
    assert.ok(result.states > 20_000);
  });

  it("share tables of 4 GiB, of whole states and of fingerprints", async () => {
    // Such an array loses its length when it is cloned for another thread.
    const bytes = 12 * 2 ** 30;
    const options = { profile: "linux-7.3", adapters: 1, domains: 1, mdevs: 1, absent: 1 };
    for (const fingerprint of sample([true, false])) {
      const { model, result } = await runCheck({
        spec: { model: "core", options },
        manner: { workers: 2, symmetry: false, fingerprint, bytes },
        bounds: {},
      });
      assert.deepEqual(countsOf(result), countsOf(explore(model, { fingerprint })));
    }
  });

  it("stop when they are told to, and report what they have", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), inLongForm(400, 200));
    const { result } = await run(2, { signal: stop.signal }, {});
    // A fast machine may have finished by then.
    assert.ok(result.stopped === "interrupted" || result.states === 2_388_888, `${result.stopped} ${result.states}`);
  });
});

describe("a trace", () => {
  const model = referenceModel(SMALL);
  const { properties } = explore(model, {}, { first: true });
  const found = properties.find(({ path }) => path !== undefined)!;

  it("shows its events numbered, with only what changed", () => {
    const lines = pathLines(model, found.path!);
    const events = lines.filter((line) => /^ {4}\d {2}/.test(line));
    assert.equal(events.length, found.shortest);
    assert.equal(lines.slice(0, 2).join("\n"), "    1  bind 00.0000\n       bound: +00.0000");
  });

  it("has a state more than events in the Informal Trace Format, with sets as sets", () => {
    const itf = pathItf(model, found.path!, found.property.sentence);
    assert.equal(itf.states.length, (found.shortest as number) + 1);
    for (const state of itf.states) {
      assert.deepEqual(Object.keys(state), ["#meta", ...itf.vars]);
    }
    assert.deepEqual(itf.states[1]?.bound, { "#set": ["00.0000"] });
    assert.equal(itf.states[1]?.event, "bind 00.0000");
  });
});
