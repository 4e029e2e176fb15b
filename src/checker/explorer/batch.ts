// Successors of several states, to be looked up together, without those that were in the batch a short while ago: states that are found
// together lead to the same states, so half of all are among them, and need neither a canonical form nor the table. Next: table.ts.
import { Successors } from "../model.ts";
import { slotHash, tagHash } from "./hash.ts";

/** How many are looked up together: enough for cache misses to overlap, and few enough to stay in the cache. */
export const TOGETHER = 512;

/** Recent states are found by the first bits of their hash. No state is all zeros, so an entry that was never written is not a state. */
const RECENT_BITS = 15;

export class Batch extends Successors {
  /** Place in the log of the state that each was reached from. */
  readonly parents: Int32Array;
  /** Two hashes of each. */
  readonly hashes: Int32Array;
  readonly #words: number;
  readonly #recent: Int32Array;

  /** @param most the most successors that one state can have */
  constructor(words: number, most: number) {
    super(words, TOGETHER + most);
    this.#words = words;
    this.parents = new Int32Array(TOGETHER + most);
    this.hashes = new Int32Array(2 * (TOGETHER + most));
    this.#recent = new Int32Array(words * 2 ** RECENT_BITS);
  }

  /** Works out the hashes again. */
  hash(): void {
    const words = this.#words;
    for (let i = 0; i < this.count; i++) {
      this.hashes[2 * i] = slotHash(this.states, i * words, words);
      this.hashes[2 * i + 1] = tagHash(this.states, i * words, words);
    }
  }

  /** Of the successors from number `from` on, which were reached from the state at this place, keeps those that are not recent. */
  keepNew(from: number, parent: number): void {
    const words = this.#words;
    const { states, hashes, parents, count } = this;
    const recent = this.#recent;
    let kept = from;
    for (let i = from; i < count; i++) {
      const hash = slotHash(states, i * words, words);
      const at = (hash >>> (32 - RECENT_BITS)) * words;
      let differs = 0;
      for (let w = 0; w < words; w++) {
        const word = states[i * words + w]!;
        differs |= recent[at + w]! ^ word;
        recent[at + w] = word;
        states[kept * words + w] = word;
      }
      if (differs === 0) continue;
      parents[kept] = parent;
      hashes[2 * kept] = hash;
      hashes[2 * kept + 1] = tagHash(states, kept * words, words);
      kept++;
    }
    this.count = kept;
  }
}
