// The table of known states, which all workers share: they add to it at the same time, and grow it together. A slot has
// a tag and a place in the log; the log has the states themselves, or 64-bit fingerprints of them. A slot's second word says whose it
// is: free, claimed by a worker that is about to fill it, or that of the state at that place. Its memory is in state-memory.ts.
import type { Batch } from "./batch.ts";
import { slotHash, tagHash } from "./hash.ts";
import { BITS, type StateMemory } from "./state-memory.ts";

const CLAIMED_NOW = -1;

/** At most this is the probability that two of n states have the same fingerprint; then one of them is missed. */
export const missProbability = (states: number): number => Math.min(1, (states * (states - 1)) / 2 / 2 ** 64);

/** Whole states of a level: the one at place n begins at (n - first) * words. */
interface LevelStates {
  readonly states: Int32Array;
  readonly first: number;
}

export class StateTable {
  /** The level that is expanded, and the one that is found. */
  level: LevelStates;
  next: LevelStates;
  readonly #batch: Batch;
  readonly #words: number;
  readonly #keyWords: number;
  readonly #control: Int32Array;
  readonly #slots: Int32Array;
  readonly #keys: Int32Array;
  readonly #parents: Int32Array;
  /** The log has whole states. */
  readonly #isExact: boolean;
  /** What the log keeps of each state of the batch: the state, or its two hashes. */
  readonly #given: Int32Array;
  /** Nobody else claims slots. Atomic operations are calls here, which cost time, so a single worker does without. */
  readonly #isAlone: boolean;

  constructor({ words, keyWords, control, slots, keys, parents, levels, workers }: StateMemory, batch: Batch) {
    const [level, next] = levels;
    this.#batch = batch;
    this.#words = words;
    this.#keyWords = keyWords;
    this.#control = control;
    this.#slots = slots;
    this.#keys = keys;
    this.#parents = parents;
    this.#isExact = level === undefined;
    this.#given = this.#isExact ? batch.states : batch.hashes;
    this.#isAlone = workers === 1;
    this.level = { states: level ?? keys, first: 0 };
    this.next = { states: next ?? keys, first: this.#isExact ? 0 : 1 };
  }

  /** What was found becomes the level; the next one begins at this place. */
  turn(first: number): void {
    if (this.#isExact) return;
    const { states } = this.level;
    this.level = this.next;
    this.next = { states, first };
  }

  /**
   * Adds the new ones of numbers from..to-1 of the batch, in their order, to the log at `place` and after; there is room for all.
   *
   * @returns the place after the last
   */
  add(from: number, to: number, place: number): number {
    const slots = this.#slots;
    const { hashes } = this.#batch;
    const isAlone = this.#isAlone;
    const bits = this.#control[BITS]!;
    const last = 2 ** bits - 1;
    let end = place;
    for (let i = from; i < to; i++) {
      const tag = hashes[2 * i + 1]!;
      let slot = hashes[2 * i]! >>> (32 - bits);
      for (;;) {
        const found = isAlone ? slots[2 * slot + 1]! : Atomics.load(slots, 2 * slot + 1);
        if (found === 0) {
          if (!isAlone && Atomics.compareExchange(slots, 2 * slot + 1, 0, CLAIMED_NOW) !== 0) continue;
          slots[2 * slot] = tag;
          this.#write(i, end);
          if (isAlone) slots[2 * slot + 1] = end;
          else Atomics.store(slots, 2 * slot + 1, end);
          end++;
          break;
        }
        if (found === CLAIMED_NOW) continue;
        if (slots[2 * slot] === tag && this.#isAt(found, i)) break;
        slot = (slot + 1) & last;
      }
    }
    return end;
  }

  /** Writes number i of the batch to the log. */
  #write(i: number, place: number): void {
    const size = this.#keyWords;
    const given = this.#given;
    const keys = this.#keys;
    for (let w = 0; w < size; w++) keys[place * size + w] = given[i * size + w]!;
    this.#parents[place] = this.#batch.parents[i]!;
    if (!this.#isExact) this.#writeWhole(i, place);
  }

  #writeWhole(i: number, place: number): void {
    const words = this.#words;
    const { states, first } = this.next;
    for (let w = 0; w < words; w++) states[(place - first) * words + w] = this.#batch.states[i * words + w]!;
  }

  /** Whether the log has number i of the batch at this place. */
  #isAt(place: number, i: number): boolean {
    const size = this.#keyWords;
    const given = this.#given;
    const keys = this.#keys;
    for (let w = 0; w < size; w++) if (keys[place * size + w] !== given[i * size + w]) return false;
    return true;
  }

  /** Empties some of the slots that the grown table will have. */
  clear(from: number, to: number): void {
    this.#slots.fill(0, 2 * from, 2 * to);
  }

  /** Puts what the log has at these places into the slots, 2^bits of them, which were emptied. */
  refill(bits: number, from: number, to: number): void {
    const slots = this.#slots;
    const keys = this.#keys;
    const size = this.#keyWords;
    const last = 2 ** bits - 1;
    for (let place = from; place < to; place++) {
      if (this.#parents[place] === 0) continue;
      const at = place * size;
      let slot = (this.#isExact ? slotHash(keys, at, size) : keys[at]!) >>> (32 - bits);
      while (slots[2 * slot + 1] !== 0 || Atomics.compareExchange(slots, 2 * slot + 1, 0, place) !== 0) {
        slot = (slot + 1) & last;
      }
      slots[2 * slot] = this.#isExact ? tagHash(keys, at, size) : keys[at + 1]!;
    }
  }
}
