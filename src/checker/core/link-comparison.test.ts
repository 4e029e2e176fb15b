// The fast check of links sees every link that is missing and every one too many.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apqnOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { Core } from "./core.ts";
import { universeOf } from "./universe.ts";

/** Queue 01.0001 is bound, and assigned to the second mdev. */
function linked(profile: Profile): Core {
  const universe = universeOf({ profile: profile.name, adapters: 2, domains: 2, mdevs: 2, absent: 0 });
  assert.ok(!("error" in universe));
  const core = new Core(universe, profile);
  const state = new Int32Array(core.words);
  core.initial(state, 0);
  for (const line of ["bind 01.0001", "assign m2 adapter 01", "assign m2 domain 0001"]) {
    core.load(state, 0);
    assert.ok(core.happen(core.events.findIndex(({ lines }) => lines[0] === line)));
    core.store(state, 0);
  }
  return core;
}

const QUEUE = apqnOf(asApid(1), asApqi(1));

describe("links after an event", () => {
  it("hold as the rules leave them", () => {
    const core = linked(DEFAULT_PROFILE);
    assert.ok(core.world.now.state.linked.has(QUEUE));
    assert.equal(core.step.linksHold, true);
  });

  it("do not hold if one is missing, but under the patches that unlink what the host lost", () => {
    for (const [name, holds] of [
      ["linux-7.3", false],
      ["linux-6.0", false],
      ["v12", true],
      ["v11", true],
    ] as const) {
      const core = linked(must(profileNamed(name)));
      core.world.now.state.linked.remove(QUEUE);
      assert.equal(core.step.linksHold, holds, name);
    }
  });

  it("do not hold if one is there for a queue that is not bound, or in no matrix", () => {
    for (const name of ["linux-7.3", "v11"]) {
      for (const [a, d] of [
        [1, 0],
        [0, 1],
      ] as const) {
        const core = linked(must(profileNamed(name)));
        core.world.now.state.linked.add(apqnOf(asApid(a), asApqi(d)));
        assert.equal(core.step.linksHold, false, `${name} ${a} ${d}`);
      }
    }
  });
});
