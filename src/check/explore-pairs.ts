// Exact table for states of two words: the states themselves in open addressing, two words a slot, and behind it the log of states in
// the order in which they were found. The log is the frontier, what a larger table is filled from, and what traces are read from.
import { hashPair } from "./explore-hash.ts";
import {
  capacityOf,
  FIRST_BITS,
  FULL,
  type LevelStates,
  reserveLines,
  reserveWords,
  SLOT_BYTES,
  type StateBatch,
  type StateLog,
  type StateTable,
  type TableLimits,
} from "./explore-table.ts";

/** Of the log a state takes 8 bytes and its parent 4; at worst, just grown, a state takes 12 + 2 * 8 / 0.6 = 38.7 in all. */
export const PAIR_LOG_BYTES = 12;

/**
 * Where to look next: at the other seven slots of the cache's line, which is there already, and only then in the next line, which is
 * not. A line is 16 words, and `start` the place in it where the look-up began.
 */
const nextPlace = (place: number): number => (place & -16) | ((place + 2) & 15);
const placeInNextLine = (start: number, last: number): number => (start + 16) & last;

export class PairTable implements StateTable {
  readonly capacity: number;
  readonly log: StateLog;
  readonly level: LevelStates;
  readonly next: LevelStates;
  readonly #slots: Int32Array;
  readonly #states: Int32Array;
  readonly #parents: Int32Array;
  readonly #placeOf: Int32Array;
  /** Keeps what was read, so that the reading is not left out. */
  readonly #read = new Int32Array(1);
  #bits = FIRST_BITS;
  count = 0;

  constructor({ bytes, batch, shared }: TableLimits) {
    const { bits, states } = capacityOf(bytes, PAIR_LOG_BYTES);
    this.capacity = states;
    this.#slots = reserveLines(2 * 2 ** bits);
    this.#states = reserveWords(2 * states, shared);
    this.#parents = reserveWords(states, shared);
    this.log = { keyWords: 2, keys: this.#states, parents: this.#parents };
    this.level = { states: this.#states, first: 0 };
    this.next = this.level;
    this.#placeOf = new Int32Array(batch);
  }

  get bytes(): number {
    return SLOT_BYTES * 2 ** this.#bits + PAIR_LOG_BYTES * this.count;
  }

  turn(): void {}

  addAll(batch: StateBatch): boolean {
    const { count, states: given, parents: givenParents } = batch;
    if (this.count + count > this.capacity) return false;
    while (this.count + count > FULL * 2 ** this.#bits) this.#grow();
    const slots = this.#slots;
    const placeOf = this.#placeOf;
    const last = 2 * 2 ** this.#bits - 2;
    this.#touch(given, 0, count);
    const states = this.#states;
    const parents = this.#parents;
    let next = this.count;
    for (let i = 0; i < count; i++) {
      const low = given[2 * i]!;
      const high = given[2 * i + 1]!;
      let start = placeOf[i]!;
      let place = start;
      for (;;) {
        const inLow = slots[place]!;
        const inHigh = slots[place + 1]!;
        if (inLow === low && inHigh === high) break;
        if ((inLow | inHigh) === 0) {
          slots[place] = low;
          slots[place + 1] = high;
          states[2 * next] = low;
          states[2 * next + 1] = high;
          parents[next] = givenParents[i]!;
          next++;
          break;
        }
        place = nextPlace(place);
        if (place === start) {
          start = placeInNextLine(start, last);
          place = start;
        }
      }
    }
    this.count = next;
    return true;
  }

  /**
   * Finds the places of the slots of all of them and reads those. Misses of the cache overlap where nothing depends on what is read,
   * the more of them the less there is to do between two.
   */
  #touch(states: Int32Array, from: number, count: number): void {
    const slots = this.#slots;
    const placeOf = this.#placeOf;
    const shift = 32 - this.#bits;
    for (let i = 0; i < count; i++) {
      placeOf[i] = (hashPair(states[2 * (from + i)]!, states[2 * (from + i) + 1]!) >>> shift) << 1;
    }
    let read = 0;
    for (let i = 0; i < count; i++) read ^= slots[placeOf[i]!]!;
    this.#read[0] = read;
  }

  /** Twice as many slots, filled anew from the log. */
  #grow(): void {
    this.#bits++;
    const slots = this.#slots;
    const placeOf = this.#placeOf;
    const states = this.#states;
    const { count } = this;
    const last = 2 * 2 ** this.#bits - 2;
    slots.fill(0, 0, 2 ** this.#bits);
    for (let from = 0; from < count; from += placeOf.length) {
      const some = Math.min(placeOf.length, count - from);
      this.#touch(states, from, some);
      for (let i = 0; i < some; i++) {
        let start = placeOf[i]!;
        let place = start;
        while ((slots[place]! | slots[place + 1]!) !== 0) {
          place = nextPlace(place);
          if (place === start) {
            start = placeInNextLine(start, last);
            place = start;
          }
        }
        slots[place] = states[2 * (from + i)]!;
        slots[place + 1] = states[2 * (from + i) + 1]!;
      }
    }
  }
}
