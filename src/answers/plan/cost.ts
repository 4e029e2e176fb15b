// What a way to the desired state costs, and which of two is better: first what running guests lose of what they are to keep, then
// what guests lack in the end, then what those lose that may, what is zeroized, how often guests are disturbed, and how much is written.
import { leakCount, missingInAll } from "./reach.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Target } from "./targets.ts";

/** Compared from the left, the smaller the better. */
export type Cost = readonly number[];
export type PathCost = readonly [lost: number, ...rest: PathCostRest];
export type FullCost = readonly [lost: number, missing: number, leaks: number, ...rest: PathCostRest];
type PathCostRest = readonly [lostByLeave: number, duration: number, zeroized: number, updates: number, writes: number];

/** Of the way alone: queues lost of those kept, by guests that may not and by those that may, for how long, zeroized of those kept, updates, writes. */
export const pathCost = ({ tally, stepCount }: Rehearsal): PathCost => [
  tally.lostCount - tally.lostByLeave,
  tally.lostByLeave,
  tally.duration,
  tally.zeroizedKept,
  tally.updates,
  stepCount,
];

/** Behind the losses what is missing in the end, and queues that a guest would have though vfio_ap does not. */
export function fullCost(rehearsal: Rehearsal, targets: readonly Target[]): FullCost {
  const [lost, ...rest] = pathCost(rehearsal);
  return [lost, missingInAll(rehearsal.host, targets), leakCount(rehearsal.host), ...rest];
}

export function isCheaper(a: Cost, b: Cost): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] as number;
    if (value !== other) return value < other;
  }
  return false;
}
