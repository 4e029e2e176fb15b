// The checker finds again what was wrong with the driver, by the shortest way, and finds nothing of the kind with the fix.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type Profile, profileNamed } from "../vfio-ap/profiles.ts";
import { coreModel } from "./core/core-model.ts";
import { scenarioText } from "./core/scenario-text.ts";
import { type CoreOptions, universeOf } from "./core/universe.ts";
import { explore } from "./explore.ts";
import type { ExploreResult } from "./explore-result.ts";
import { KNOWN_BUGS, type KnownBug } from "./history.ts";
import type { Model } from "./model.ts";

const FOUND = new URL("../../scenarios/found/", import.meta.url);
const MEMORY = 1e9;

function opened(options: CoreOptions): Model {
  const model = coreModel(options);
  assert.ok(!("error" in model), JSON.stringify(model));
  return model;
}

function lookFor({ options, property }: KnownBug, profile: string, first: boolean): [Model, ExploreResult] {
  const model = opened({ ...options, profile, properties: [property] });
  return [model, explore(model, { bytes: MEMORY }, { first })];
}

const pathIn = (model: Model, { properties }: ExploreResult): readonly (readonly string[])[] =>
  (properties[0]?.path?.events ?? []).map((event) => model.eventText(event).split("; "));

/** The way to the bug as the file in scenarios/found has it. */
function told(bug: KnownBug, events: readonly (readonly string[])[]): string {
  const universe = universeOf(bug.options);
  assert.ok(!("error" in universe));
  const profiles = [bug.options.profile, ...(bug.fixed === undefined ? [] : [bug.fixed])];
  const { title, closing = [] } = bug;
  return scenarioText({
    title,
    universe,
    events,
    closing,
    profiles: profiles.map((name) => profileNamed(name) as Profile),
  });
}

describe("bugs that the checker finds", () => {
  for (const bug of KNOWN_BUGS) {
    it(bug.title, () => {
      const [model, result] = lookFor(bug, bug.options.profile, true);
      assert.equal(result.properties[0]?.shortest, bug.shortest);
      const file = new URL(`${bug.name}.scenario`, FOUND);
      const text = told(bug, pathIn(model, result));
      if (process.env.UPDATE_GOLDEN === "1") {
        mkdirSync(FOUND, { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(readFileSync(file, "utf8"), text);
    });

    const { fixed } = bug;
    if (fixed === undefined) continue;
    it(`not with the fix: ${bug.name}`, () => {
      const [, result] = lookFor(bug, fixed, false);
      assert.equal(result.stopped, undefined);
      assert.equal(result.properties[0]?.violations, 0);
    });
  }
});
