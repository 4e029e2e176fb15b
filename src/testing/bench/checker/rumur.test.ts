// The explorer and the reference model against Rumur, on a model in Murphi that was written from docs/reference-model.md alone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explore } from "../../../checker/explorer/exploration.ts";
import { referenceModel } from "../../../checker/reference/reference-model.ts";
import { must } from "../../../system/ap/assert.ts";
import { program, unless } from "../../clients/tools.ts";
import { isLongForm, sample } from "../../support/long-form.ts";
import { runRumur, type Universe } from "./rumur.ts";

const universe = (size: string, absent: number, rule: Universe["rule"]): Universe => {
  const [adapters = 0, domains = 0, mdevs = 0] = size.split("x").map(Number);
  return { adapters, domains, mdevs, absent, rule };
};

/** All rules, with two guests and with a configuration that changes: what Rumur counts in some seconds each. `npm test` tries the first. */
const TRIED = [
  universe("2x2x2", 0, 0),
  universe("2x2x1", 1, 0),
  universe("2x2x1", 1, 3),
  universe("2x2x1", 1, 1),
  universe("2x2x1", 1, 4),
  universe("2x2x1", 1, 2),
  universe("2x2x1", 2, 0),
  universe("2x2x1", 2, 3),
];

const exploreHere = (tried: Universe) =>
  explore(referenceModel({ ...tried, controlDomains: false, reserved: false }), { bytes: 2 ** 28 });

describe("Rumur", { skip: unless(program("rumur", "rumur"), program("gcc", "gcc")) }, () => {
  for (const tried of sample(TRIED, TRIED.length)) {
    const { adapters, domains, mdevs, absent, rule } = tried;
    it(`counts the same: ${adapters}x${domains}x${mdevs}, absent ${absent}, rule ${rule}`, () => {
      const ours = exploreHere(tried);
      const theirs = runRumur(tried);
      assert.deepEqual([theirs.states, theirs.transitions], [ours.states, ours.transitions]);
      const broken = ours.properties.filter(({ violations }) => violations > 0);
      const counts = broken.map(({ property, violations }) => [property.name, violations] as const);
      assert.deepEqual(theirs.violations, Object.fromEntries(counts));
      assert.deepEqual(theirs.broken, []);
      assert.ok(counts.length > 0, "nothing is broken, and nothing was compared");
    });
  }

  // Compiled anew for each length.
  if (isLongForm) it("counts as many levels, and needs as many events to break something", levelsAreTheSame);

  function levelsAreTheSame(): void {
    const tried = universe("2x2x2", 0, 0);
    const { states, depth, properties } = exploreHere(tried);
    assert.equal(runRumur(tried, depth).states, states);
    assert.ok(runRumur(tried, depth - 1).states < states);
    const broken = properties.filter(({ violations }) => violations > 0);
    for (const { property, shortest } of broken) {
      assert.ok(runRumur(tried, must(shortest)).violations[property.name], `${property.name} after ${shortest} events`);
      assert.equal(runRumur(tried, must(shortest) - 1).violations[property.name], undefined, property.name);
    }
    assert.ok(broken.length > 1);
  }
});
