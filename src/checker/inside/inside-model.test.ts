// The model of guests' insides: how large it is, what holds in it and what does not, and traces of what was found.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { must } from "../../system/ap/assert.ts";
import { playTrace } from "../../system/trace/play.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";
import { isLongForm } from "../../testing/support/long-form.ts";
import { explore } from "../explorer/exploration.ts";
import type { Model } from "../model.ts";
import { insideOpening } from "./inside-events.ts";
import { insideModel } from "./inside-model.ts";
import { type InsideOptions, insideUniverse } from "./inside-universe.ts";

const ONE = { profile: "linux-7.3", adapters: 1, domains: 1, mdevs: 1, nested: false, notice: "scan" } as const;
const TWO: InsideOptions = { ...ONE, mdevs: 2 };
const NESTED: InsideOptions = { ...ONE, nested: true };
const BYTES = 1e8;

function opened(options: InsideOptions): Model {
  const model = insideModel(options);
  assert.ok(!("error" in model), JSON.stringify(model));
  return model;
}

/** Names of what is broken, or of what can happen. */
const found = (options: InsideOptions): readonly string[] =>
  explore(opened(options), { bytes: BYTES }, {}).properties.flatMap(({ property, path }) =>
    path ? [property.name] : [],
  );

/** [options, states, transitions, what is broken or can happen] */
const SPACES: readonly (readonly [InsideOptions, number, number, readonly string[]])[] = [
  [ONE, 50, 340, ["lags"]],
  [{ ...TWO, notice: "at-once" }, 192, 2_256, []],
  [{ ...TWO, profile: "linux-5.19", notice: "at-once" }, 120, 832, []],
  [NESTED, 410, 3_680, ["lags", "inner-full"]],
  [{ ...NESTED, notice: "at-once" }, 46, 365, ["inner-full"]],
];
const LONG: typeof SPACES = [
  [TWO, 1_200, 14_820, ["goes-first", "lags"]],
  [{ ...NESTED, adapters: 2 }, 13_572, 170_092, ["lags", "inner-full"]],
];

describe("the model of guests' insides", () => {
  for (const [options, states, transitions, names] of [...SPACES, ...(isLongForm ? LONG : [])]) {
    const { profile, adapters, domains, mdevs, nested, notice } = options;
    it(`${profile} ${adapters}x${domains}x${mdevs}${nested ? " nested" : ""} ${notice}: all states, and what is found in them`, () => {
      const result = explore(opened(options), { bytes: BYTES }, {});
      assert.deepEqual(
        [
          result.states,
          result.transitions,
          result.properties.flatMap(({ property, path }) => (path ? [property.name] : [])),
        ],
        [states, transitions, names],
      );
    });
  }

  it("finds that a queue can be on the buses of two guests, by the way that the scenario tells", () => {
    const model = opened({ ...TWO, properties: ["goes-first"] });
    const path = must(explore(model, { bytes: BYTES }, { first: true }).properties[0]?.path);
    const file = new URL("../../../scenarios/guest/comes-before-it-goes.scenario", import.meta.url);
    const scenario = parseScenario(readFileSync(file, "utf8"));
    assert.ok(scenario.ok);
    const told = scenario.value.lines.flatMap(({ step, text }) => (step.kind === "action" ? [text] : []));
    const universe = insideUniverse(TWO);
    assert.ok(!("error" in universe));
    const way = [...insideOpening(universe), ...path.events.map((event) => model.eventText(event))];
    assert.deepEqual(told.slice(0, way.length), way);
  });

  it("writes a way as a trace that plays without a difference, also inside guests", () => {
    const model = opened({ ...NESTED, properties: ["inner-full"] });
    const path = must(explore(model, { bytes: BYTES }, { first: true }).properties[0]?.path);
    const text = must(model.traceLines)(path, "a way").join("\n");
    assert.match(text, /"in":"g1"/);
    const trace = parseTrace(text);
    assert.ok(trace.ok);
    const { differences, operations } = playTrace(trace.value);
    assert.deepEqual(differences, []);
    assert.ok(operations > path.events.length);
  });

  it("finds that the v11 patches leave a guest's guest masks that its host no longer has", () => {
    const options = { ...NESTED, profile: "v11", properties: ["inner-within"] };
    assert.deepEqual(found(options), ["inner-within"]);
    assert.deepEqual(found({ ...options, profile: "linux-7.3" }), []);
  });

  it("refuses what it does not take in one line", () => {
    const wrong = (options: Partial<InsideOptions>): string => {
      const model = insideModel({ ...ONE, ...options });
      return "error" in model ? model.error : "";
    };
    assert.equal(wrong({ adapters: 4 }), "--host: 4 adapters; the model inside takes 1 to 3");
    assert.equal(wrong({ mdevs: 2, nested: true }), "--nested: the model inside takes it with 1 mdev, such as 2x2x1");
    assert.match(wrong({ notice: "soon" }), /^--notice "soon": known: scan, at-once/);
    assert.match(wrong({ profile: "linux-1" }), /^unknown profile "linux-1"/);
    assert.match(wrong({ properties: ["bound"] }), /^--property: there is none "bound"; known: shows-given, /);
  });
});
