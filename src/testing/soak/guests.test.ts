// Random operations on hosts, guests and guests of guests: seeded, all kernels.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { inLongForm } from "../support/long-form.ts";
import { soakGuests } from "./guests-soak.ts";

const OPERATIONS = inLongForm(200_000, 8_000);
const EACH = 1_000;
const SIZES = [
  { adapters: 3, domains: 2, mdevs: 2 },
  { adapters: 2, domains: 3, mdevs: 3 },
  { adapters: 5, domains: 4, mdevs: 2 },
  // More than a guest without the query instruction can number.
  { adapters: 66, domains: 20, mdevs: 2 },
] as const;

const planOf = (n: number) => ({
  seed: 1000 + n,
  operations: EACH,
  size: SIZES[n % SIZES.length] ?? SIZES[0],
  profile: PROFILES[n % PROFILES.length] ?? PROFILES[0]!,
  depth: 3,
});

describe("random operations in guests of guests", () => {
  it(`leave what must hold of all levels true over ${OPERATIONS} operations`, () => {
    const seen = [0, 0, 0];
    for (let n = 0; n < OPERATIONS / EACH; n++) {
      const plan = planOf(n);
      const { failure, seen: its } = soakGuests(plan);
      const which = `seed ${plan.seed}, ${plan.profile.name}`;
      assert.equal(failure, undefined, `${which}: ${failure?.what}\n${failure?.trace.slice(-12).join("\n")}`);
      for (const [level, count] of its.entries()) seen[level] = (seen[level] ?? 0) + count;
    }
    // Guests three deep that have queues, or nothing would have been looked at.
    assert.ok(
      seen.slice(0, 3).every((count) => count > OPERATIONS / 1_000),
      `guests with queues, by depth: ${seen}`,
    );
  });
});
