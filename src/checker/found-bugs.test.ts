// The checker finds again what was wrong with the driver, by the shortest way, and finds nothing of the kind with the fix.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { must } from "../system/ap/assert.ts";
import { FIXES } from "../system/vfio-ap/fixes.ts";
import type { FixName } from "../system/vfio-ap/profile.ts";
import { profileNamed } from "../system/vfio-ap/profiles.ts";
import { commandOf, FOUND_BUGS, type FoundBug } from "../testing/support/found-bugs.ts";
import { foundScenario } from "../testing/support/found-scenario.ts";
import { sample } from "../testing/support/long-form.ts";
import { coreModel } from "./core/core-model.ts";
import { type CoreOptions, universeOf } from "./core/universe.ts";
import { explore } from "./explorer/exploration.ts";
import type { ExploreResult } from "./explorer/explore-result.ts";
import type { Model } from "./model.ts";

const FOUND = new URL("../../scenarios/found/", import.meta.url);
const MEMORY = 1e9;

function opened(options: CoreOptions): Model {
  const model = coreModel(options);
  assert.ok(!("error" in model), JSON.stringify(model));
  return model;
}

function lookFor({ options, property }: FoundBug, profile: string, first: boolean): [Model, ExploreResult] {
  const model = opened({ ...options, profile, properties: [property] });
  return [model, explore(model, { bytes: MEMORY }, { first })];
}

const pathIn = (model: Model, { properties }: ExploreResult): readonly (readonly string[])[] =>
  (properties[0]?.path?.events ?? []).map((event) => model.eventText(event).split("; "));

/** The way to the bug as the file in scenarios/found has it. */
function told(bug: FoundBug, events: readonly (readonly string[])[]): string {
  const universe = universeOf(bug.options);
  assert.ok(!("error" in universe));
  const profiles = [bug.options.profile, ...(bug.fixed === undefined ? [] : [bug.fixed])];
  const { title, closing = [] } = bug;
  return foundScenario({
    title,
    universe,
    events,
    closing,
    profiles: profiles.map((name) => must(profileNamed(name))),
  });
}

describe("bugs that the checker finds", () => {
  const alsoFixed = sample(FOUND_BUGS);
  for (const bug of FOUND_BUGS) {
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
    if (fixed === undefined || !alsoFixed.includes(bug)) continue;
    it(`not with the fix: ${bug.name}`, () => {
      const [, result] = lookFor(bug, fixed, false);
      assert.equal(result.stopped, undefined);
      assert.equal(result.properties[0]?.violations, 0);
    });
  }
});

describe("a fix that is taken away", () => {
  const BROKEN: Readonly<Record<FixName, string>> = {
    "whole-filter": "bound",
    "whole-filter-on-scan": "bound",
    "filter-host-only": "fresh",
    "reset-filtered": "reset",
    "reset-adapter": "reset",
    "control-removal": "control",
    "cleared-filtered": "untouched",
    "domain-check": "unplugged-removal",
  };

  for (const [fix, property] of sample(Object.entries(BROKEN), 2)) {
    it(`is missed without choosing any events: ${fix}`, () => {
      const mdevs = property === "reset" ? 2 : 1;
      const size = { adapters: 2, domains: mdevs, mdevs, absent: 2 - mdevs };
      const wide = { ...size, domains: fix === "filter-host-only" || fix === "domain-check" ? 2 : size.domains };
      const model = opened({ profile: `linux-6.12-without-${fix}`, ...wide, properties: [property] });
      assert.equal(explore(model, { bytes: MEMORY }, { first: true }).stopped, "found");
    });
  }
});

describe("docs/history.md", () => {
  const text = readFileSync(new URL("../../docs/history.md", import.meta.url), "utf8");

  it("tells each of them, with its command and its scenario", () => {
    for (const bug of FOUND_BUGS) {
      for (const needed of [bug.title, commandOf(bug), `scenarios/found/${bug.name}.scenario`]) {
        assert.ok(text.includes(needed), `docs/history.md does not say: ${needed}`);
      }
    }
  });

  it("tells every fix that can be taken away", () => {
    for (const { name, sentence } of FIXES) assert.ok(text.includes(`| \`${name}\` | ${sentence}`), name);
  });
});

describe("docs/the-question.md", () => {
  const text = readFileSync(new URL("../../docs/the-question.md", import.meta.url), "utf8");
  const NUMBERS = /^\| (?:.+?) \| (\d+|never) \| (\d+|never) \| (\d+|never) \| (\d+|never) \|$/gm;
  const rows = [...text.matchAll(NUMBERS)].map((row) => row.slice(1));
  const RULES = [
    ["v11"],
    ["v11-aqm"],
    ["v12"],
    ["linux-6.0"],
    ["linux-6.8", "linux-7.3"],
    ["linux-7.3-without-domain-check"],
  ];

  it("has a row for each rule", () => {
    assert.equal(rows.length, RULES.length);
  });

  // The rules of v11 and of today's kernel, and all others in the long form.
  for (const [n, profiles] of sample([...RULES.entries()])) {
    for (const profile of profiles) {
      it(`says what the checker says: ${profile}`, () => {
        // To the shortest way it is enough to go that far; "never" is looked for in all of the smaller host that never changes.
        const properties = ["assertion", "unplugged-removal"];
        const [staticAssertion, changingAssertion, staticLoss, changingLoss] = rows[n] as string[];
        const found = [0, 1].map((absent) => {
          const model = opened({ profile, adapters: 2, domains: 2, mdevs: 1, absent, properties });
          const result = explore(model, { bytes: MEMORY }, absent === 0 ? {} : { depth: 9 });
          return result.properties.map(({ shortest }) => String(shortest ?? "never"));
        });
        assert.deepEqual(found, [
          [staticAssertion, staticLoss],
          [changingAssertion, changingLoss],
        ]);
      });
    }
  }
});
