// The table of known states, which all workers share: they add to it at the same time, and only growing it is done together. A slot has
// a tag and the place in the log; the log has the states themselves, or 64-bit fingerprints of them. A slot's second word says whose it
// is: nobody's, a worker's that is about to fill it, or the state's at that place. Its memory is in memory.ts.
import type { Batch } from "./batch.ts";
import { hashWords } from "./hash.ts";
import { BITS, type StateMemory } from "./memory.ts";

const CLAIMED_NOW = -1;

/** Two different states out of n have one fingerprint with at most this probability; then one of them is missed. */
export const missProbability = (states: number): number => Math.min(1, (states * (states - 1)) / 2 / 2 ** 64);

/** Whole states of a level: the one at place n begins at (n - first) * words. */
export interface LevelStates {
  readonly states: Int32Array;
  readonly first: number;
}

export class StateTable {
  /** The level that is expanded, and the one that is found. */
  level: LevelStates;
  next: LevelStates;
  readonly #memory: StateMemory;
  readonly #batch: Batch;
  readonly #isExact: boolean;
  /** What the log keeps of each state of the batch: the state, or its two hashes. */
  readonly #given: Int32Array;
  /** Nobody else claims slots: atomic operations are calls here, and take their time. */
  readonly #isAlone: boolean;

  constructor(memory: StateMemory, batch: Batch) {
    const [level, next] = memory.levels;
    this.#memory = memory;
    this.#batch = batch;
    this.#isExact = level === undefined || next === undefined;
    this.#given = this.#isExact ? batch.states : batch.hashes;
    this.#isAlone = memory.workers === 1;
    this.level = { states: level ?? memory.keys, first: 0 };
    this.next = { states: next ?? memory.keys, first: level === undefined ? 0 : 1 };
  }

  /** What was found becomes the level; the next one begins at this place. */
  turn(first: number): void {
    if (this.#isExact) return;
    const { states } = this.level;
    this.level = this.next;
    this.next = { states, first };
  }

  /**
   * Adds those of numbers from..to-1 of the batch that are new, in their order, to the log at `place` and after: there is room for all.
   *
   * @returns the place after the last
   */
  add(from: number, to: number, place: number): number {
    const { slots, control } = this.#memory;
    const { hashes } = this.#batch;
    const isAlone = this.#isAlone;
    const shift = 32 - control[BITS]!;
    const last = 2 ** control[BITS]! - 1;
    let end = place;
    for (let i = from; i < to; i++) {
      const tag = hashes[2 * i + 1]!;
      let slot = hashes[2 * i]! >>> shift;
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

  #write(i: number, place: number): void {
    const { keyWords, keys, parents, words } = this.#memory;
    const given = this.#given;
    for (let w = 0; w < keyWords; w++) keys[place * keyWords + w] = given[i * keyWords + w]!;
    parents[place] = this.#batch.parents[i]!;
    if (this.#isExact) return;
    const { states, first } = this.next;
    for (let w = 0; w < words; w++) states[(place - first) * words + w] = this.#batch.states[i * words + w]!;
  }

  #isAt(place: number, i: number): boolean {
    const { keyWords, keys } = this.#memory;
    const given = this.#given;
    for (let w = 0; w < keyWords; w++) if (keys[place * keyWords + w] !== given[i * keyWords + w]) return false;
    return true;
  }

  /** Empties some of the slots that there will be after growing. */
  clear(from: number, to: number): void {
    this.#memory.slots.fill(0, 2 * from, 2 * to);
  }

  /** Puts what the log has at these places into the slots, 2^bits of them, which were emptied. */
  refill(bits: number, from: number, to: number): void {
    const { slots, keys, keyWords, parents } = this.#memory;
    const shift = 32 - bits;
    const last = 2 ** bits - 1;
    const hashes = new Int32Array(2);
    for (let place = from; place < to; place++) {
      if (parents[place] === 0) continue;
      if (this.#isExact) hashWords(keys, place * keyWords, keyWords, hashes, 0);
      else hashes.set(keys.subarray(2 * place, 2 * place + 2));
      let slot = hashes[0]! >>> shift;
      while (Atomics.compareExchange(slots, 2 * slot + 1, 0, place) !== 0) slot = (slot + 1) & last;
      slots[2 * slot] = hashes[1]!;
    }
  }
}
