// How a number of operations is spread over sizes and kernels: most go to small hosts, where everything meets everything.
import { ALL_PROFILES } from "../../system/vfio-ap/profiles.ts";
import type { Size } from "./random-operations.ts";
import type { SoakPlan } from "./soak-run.ts";

const SIZES: readonly (readonly [Size, number])[] = [
  [{ adapters: 2, domains: 2, mdevs: 2 }, 2000],
  [{ adapters: 4, domains: 4, mdevs: 3 }, 2000],
  [{ adapters: 3, domains: 5, mdevs: 4 }, 2000],
  [{ adapters: 2, domains: 2, mdevs: 2 }, 2000],
  [{ adapters: 16, domains: 16, mdevs: 8 }, 1000],
  [{ adapters: 40, domains: 70, mdevs: 10 }, 100],
];
/** The full size is expensive: one host in this many has it. */
const FULL: readonly [Size, number] = [{ adapters: 256, domains: 256, mdevs: 64 }, 40];
const FULL_EVERY = 200;

/** Hosts whose operations add up to at least `operations`. */
export function soakPlans(operations: number, seed: number): readonly SoakPlan[] {
  const plans: SoakPlan[] = [];
  for (let [n, left] = [0, operations]; left > 0; n++) {
    const isFull = n % FULL_EVERY === FULL_EVERY - 1;
    const [size, each] = isFull ? FULL : (SIZES[n % SIZES.length] as readonly [Size, number]);
    // Sizes and kernels turn at different speeds, so that every pair comes up.
    const profile = ALL_PROFILES[Math.floor(n / SIZES.length) % ALL_PROFILES.length] as (typeof ALL_PROFILES)[number];
    const count = Math.min(each, left);
    plans.push({ seed: seed * 1_000_003 + n, operations: count, size, profile });
    left -= count;
  }
  return plans;
}
