// Small random hosts: a search of its own over all orders of all writes finds no order in which running guests lose less than in the
// plan's, among those that leave guests with as much, and none that leaves them with more at no more loss.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DesiredState } from "../../formats/desired/desired.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { compareOrders } from "../../testing/soak/plan/compare-orders.ts";
import { failResets, livedInHost, randomDesire, wildHost } from "../../testing/soak/plan/random-hosts.ts";
import { Random } from "../../testing/soak/random.ts";
import type { Size } from "../../testing/soak/random-operations.ts";
import { sample, seeds } from "../../testing/support/long-form.ts";

interface Trial {
  readonly size: Size;
  readonly seeds: readonly number[];
  /** So many hosts are looked at for each plan; the shortest orders come first. */
  readonly hosts: number;
  readonly hostsIfLost: number;
}

const TRIALS: readonly Trial[] = [
  { size: { adapters: 2, domains: 2, mdevs: 2 }, seeds: seeds(150, 5), hosts: 60, hostsIfLost: 200 },
  { size: { adapters: 3, domains: 3, mdevs: 2 }, seeds: seeds(70, 5), hosts: 15, hostsIfLost: 60 },
];
const OPERATIONS = 60;

function randomCase(random: Random, profile: Profile, size: Size): { host: Host; desired: DesiredState } {
  const host = random.oneIn(4) ? wildHost(random, profile, size, OPERATIONS) : livedInHost(random, profile, size);
  if (random.oneIn(3)) failResets(random, host);
  return { host, desired: randomDesire(random, host, size) };
}

describe("the order of a plan", () => {
  const seen = { plans: 0, kept: 0, lossy: 0, cutShort: 0 };
  const kernels = PROFILES.filter(({ filter }) => filter === "whole" || filter === "new-part");
  for (const profile of sample(kernels, 3)) {
    for (const trial of TRIALS) {
      const { adapters, domains, mdevs } = trial.size;
      const dimensions = `${adapters}x${domains}x${mdevs}`;
      it(`is not beaten by any other on hosts of ${dimensions}, under ${profile.name}`, () => {
        for (const seed of trial.seeds) {
          const { host, desired } = randomCase(new Random(seed * 104729), profile, trial.size);
          const outcome = compareOrders(host, desired, { ...trial, ...trial.size });
          if (!outcome) continue;
          const what = `seed ${seed}, ${dimensions}, ${profile.name}`;
          assert.equal(outcome.better, undefined, `${what}: ${outcome.better}`);
          seen.plans++;
          if (outcome.kept > 0) seen.kept++;
          if (outcome.lost > 0) seen.lossy++;
          if (!outcome.isComplete) seen.cutShort++;
        }
      });
    }
  }

  it("was put to the test: guests kept queues, sometimes there was something to lose, and most searches ended", (test) => {
    test.diagnostic(JSON.stringify(seen));
    assert.ok(seen.kept > seen.plans / 5);
    assert.ok(seen.lossy > 0);
    assert.ok(seen.cutShort < seen.plans / 5);
  });
});
