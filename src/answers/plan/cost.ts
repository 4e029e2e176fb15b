// What a way to the desired state costs, and which of two ways is better. What counts, most important first: what running guests lose
// of what they should keep, what guests lack in the end, what those guests lose that may lose something, what is zeroized, how often
// guests are disturbed, how much is written.
import { must } from "../../system/ap/assert.ts";
import { leakCount, missingInAll } from "./reach.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Target } from "./targets.ts";

/** Compared from the left; smaller is better. */
export type Cost = readonly number[];
export type PathCost = readonly [lost: number, ...rest: PathCostRest];
export type FullCost = readonly [lost: number, missing: number, leaks: number, ...rest: PathCostRest];
type PathCostRest = readonly [lostByLeave: number, duration: number, zeroized: number, updates: number, writes: number];

/** The cost of the way alone. Only queues that are to be kept count as lost or zeroized. */
export const pathCost = ({ tally, stepCount }: Rehearsal): PathCost => [
  tally.lostCount - tally.lostByLeave,
  tally.lostByLeave,
  tally.duration,
  tally.zeroizedKept,
  tally.updates,
  stepCount,
];

/** After the losses come what is missing in the end, and queues that a guest would have although vfio_ap does not. */
export function fullCost(rehearsal: Rehearsal, targets: readonly Target[]): FullCost {
  const [lost, ...rest] = pathCost(rehearsal);
  return [lost, missingInAll(rehearsal.host, targets), leakCount(rehearsal.host), ...rest];
}

export function isCheaper(a: Cost, b: Cost): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && must(a[at]) < must(b[at]);
}
