// States of two words that were looked up a short while ago. Half of all successors are among them, because states that are found
// together lead to the same states; and this fits into the processor's own cache, where the table does not.
import { hashPair } from "./explore-hash.ts";
import type { StateBatch } from "./explore-table.ts";

/** 256 KiB. */
const BITS = 15;

export class RecentPairs {
  readonly #recent = new Int32Array(2 * 2 ** BITS);

  /** Takes those out of a batch that were in it or in an earlier one a short while ago. The others keep their order. */
  takeOut(batch: StateBatch): void {
    const recent = this.#recent;
    const { states, parents, count } = batch;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const low = states[2 * i]!;
      const high = states[2 * i + 1]!;
      const place = (hashPair(low, high) >>> (32 - BITS)) * 2;
      const differs = (recent[place]! ^ low) | (recent[place + 1]! ^ high);
      recent[place] = low;
      recent[place + 1] = high;
      states[2 * kept] = low;
      states[2 * kept + 1] = high;
      parents[kept] = parents[i]!;
      // One more if it differs, without a branch that nobody can predict.
      kept += (differs | -differs) >>> 31;
    }
    batch.count = kept;
  }
}
