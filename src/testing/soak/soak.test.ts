// Seeded random runs over mixed sizes and all kernels: refusals change nothing, invariants hold after every operation.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { openMdev } from "../../system/vfio-ap/guest.ts";
import { PROFILE_NAMES } from "../../system/vfio-ap/profiles.ts";
import { sample } from "../support/long-form.ts";
import { Dirt } from "./dirt.ts";
import { smallHost } from "./small-host.ts";
import { soakPlans } from "./soak-plans.ts";
import { soak } from "./soak-run.ts";

const OPERATIONS = 140_000;
const SEED = 7;

describe("random operations", () => {
  const plans = sample(soakPlans(OPERATIONS, SEED), 5);
  const all = plans.reduce((sum, { operations }) => sum + operations, 0);
  it(`leave every invariant true over ${all} operations, seed ${SEED}`, () => {
    let done = 0;
    for (const plan of plans) {
      const { failure, operations } = soak(plan);
      const which = `seed ${plan.seed}, ${plan.profile.name}, ${JSON.stringify(plan.size)}`;
      assert.equal(failure, undefined, `${which}: ${failure?.what}\n${failure?.trace.slice(-20).join("\n")}`);
      done += operations;
    }
    assert.equal(done, all);
    assert.deepEqual(new Set(plans.map(({ profile }) => profile.name)), new Set(PROFILE_NAMES));
  });

  it("are the same for the same seed, and others for another", () => {
    const plan = { ...(soakPlans(400, 3)[0] as ReturnType<typeof soakPlans>[number]), operations: 400 };
    const refusals = (seed: number) => soak({ ...plan, seed }).refusals;
    assert.equal(refusals(11), refusals(11));
    assert.notDeepEqual([11, 12, 13, 14].map(refusals), [11, 11, 11, 11].map(refusals));
  });
});

describe("the memory of who used a queue", () => {
  it("tells when a queue reaches a second guest without a reset", () => {
    const { host, mdev } = smallHost();
    const dirt = new Dirt();
    assert.equal(dirt.step(host), undefined);
    // The queue changes its guest without the driver.
    mdev.guest = host.state.names.numberOf("g2");
    assert.equal(dirt.step(host), "04.0004");
  });

  it("is wiped by a reset", () => {
    const { host, mdev } = smallHost();
    const dirt = new Dirt();
    dirt.step(host);
    for (const apqi of [4, 0x47]) {
      dirt.hear({ kind: "queue-reset", apqn: apqnOf(asApid(4), asApqi(apqi)), rc: 0, by: "vfio_ap" });
    }
    mdev.guest = undefined;
    openMdev(host, mdev, host.state.names.numberOf("g2"));
    assert.equal(dirt.step(host), undefined);
  });
});
