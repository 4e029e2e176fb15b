// Successors gathered into a batch to be looked up together, without those of two words that were looked up a short while ago. Half of
// all are among them, because states that are found together lead to the same states; and what is kept of them fits into the
// processor's own cache, where the table does not.
import { hashPair } from "./explore-hash.ts";
import type { StateBatch } from "./explore-table.ts";
import type { Successors } from "./model.ts";

/** Adds a state's successors to a batch that has room for them. @returns the properties that any of its events breaks or shows */
export type Gather = (successors: Successors, parent: number, batch: StateBatch) => number;

/** All of them, of any size. */
export function gatherAll({ states, violations, count }: Successors, parent: number, batch: StateBatch): number {
  const words = states.length / violations.length;
  const to = batch.count * words;
  for (let w = 0; w < count * words; w++) batch.states[to + w] = states[w]!;
  batch.parents.fill(parent, batch.count, batch.count + count);
  batch.count += count;
  let all = 0;
  for (let i = 0; i < count; i++) all |= violations[i]!;
  return all;
}

/** 256 KiB. */
const BITS = 15;

/** Those of two words that were not gathered a short while ago, in their order. */
export function gatherPairs(): Gather {
  const recent = new Int32Array(2 * 2 ** BITS);
  return (successors, parent, batch) => {
    const { states, violations, count } = successors;
    const { states: into, parents } = batch;
    let kept = batch.count;
    let all = 0;
    for (let i = 0; i < count; i++) {
      const low = states[2 * i]!;
      const high = states[2 * i + 1]!;
      const place = (hashPair(low, high) >>> (32 - BITS)) * 2;
      const differs = (recent[place]! ^ low) | (recent[place + 1]! ^ high);
      recent[place] = low;
      recent[place + 1] = high;
      into[2 * kept] = low;
      into[2 * kept + 1] = high;
      parents[kept] = parent;
      // One more if it differs, without a branch that nobody can predict.
      kept += (differs | -differs) >>> 31;
      all |= violations[i]!;
    }
    batch.count = kept;
    return all;
  };
}
