// Exact table for states of two words that are never zero: the states themselves in open addressing, two words a slot. Whoever turns a
// slot's first word from zero into its state's has claimed the slot, and writes the second word after it.
import type { StateBatch } from "../model.ts";
import { hashPair } from "./hash.ts";
import { BITS, type StateMemory } from "./memory.ts";
import type { LevelStates, StateTable } from "./table.ts";

/**
 * Where to look next: at the other seven slots of the cache's line, which is there already, and only then in the next line, which is
 * not. A line is 16 words, and `start` the place in it where the look-up began.
 */
const nextSlot = (slot: number): number => (slot & -16) | ((slot + 2) & 15);
const slotInNextLine = (start: number, last: number): number => (start + 16) & last;

export class PairTable implements StateTable {
  readonly level: LevelStates;
  readonly next: LevelStates;
  readonly #control: Int32Array;
  readonly #slots: Int32Array;
  readonly #states: Int32Array;
  readonly #parents: Int32Array;
  /** Nobody else claims slots, so they need not be claimed: that takes longer than all the rest of adding a state. */
  readonly #isAlone: boolean;
  /** Keeps what was read, so that the reading is not left out. */
  readonly #read = new Int32Array(1);

  constructor({ control, slots, keys, parents, workers }: StateMemory) {
    this.#control = control;
    this.#slots = slots;
    this.#states = keys;
    this.#parents = parents;
    this.#isAlone = workers === 1;
    this.level = { states: keys, first: 0 };
    this.next = this.level;
  }

  turn(): void {}

  addSome(batch: StateBatch, from: number, to: number, place: number): number {
    const { states: given, parents: givenParents, hashes } = batch;
    const slots = this.#slots;
    const states = this.#states;
    const parents = this.#parents;
    const isAlone = this.#isAlone;
    const bits = this.#control[BITS]!;
    const shift = 32 - bits;
    const last = 2 * 2 ** bits - 2;
    // Misses of the cache overlap where nothing depends on what is read, the more of them the less there is to do between two.
    let read = 0;
    for (let i = from; i < to; i++) read ^= slots[(hashes[i]! >>> shift) << 1]!;
    this.#read[0] = read;
    let end = place;
    for (let i = from; i < to; i++) {
      const low = given[2 * i]!;
      const high = given[2 * i + 1]!;
      let start = (hashes[i]! >>> shift) << 1;
      let slot = start;
      for (;;) {
        const inLow = slots[slot]!;
        const inHigh = slots[slot + 1]!;
        if (inLow === low && inHigh === high) break;
        if (inLow === 0) {
          if (isAlone) slots[slot] = low;
          // Whoever comes too late looks at the same slot again.
          else if (Atomics.compareExchange(slots, slot, 0, low) !== 0) continue;
          slots[slot + 1] = high;
          states[2 * end] = low;
          states[2 * end + 1] = high;
          parents[end] = givenParents[i]!;
          end++;
          break;
        }
        // Another worker has claimed it and writes the second word this moment.
        if (inHigh === 0) {
          Atomics.load(slots, slot + 1);
          continue;
        }
        slot = nextSlot(slot);
        if (slot === start) {
          start = slotInNextLine(start, last);
          slot = start;
        }
      }
    }
    return end;
  }

  /** Takes an empty slot for a state that begins with this word. @returns false if another worker was first */
  #claim(slot: number, low: number): boolean {
    if (this.#isAlone) this.#slots[slot] = low;
    else return Atomics.compareExchange(this.#slots, slot, 0, low) === 0;
    return true;
  }

  clear(from: number, to: number): void {
    this.#slots.fill(0, 2 * from, 2 * to);
  }

  refill(bits: number, from: number, to: number): void {
    const slots = this.#slots;
    const states = this.#states;
    const shift = 32 - bits;
    const last = 2 * 2 ** bits - 2;
    for (let some = from; some < to; some += SOME) {
      const end = Math.min(some + SOME, to);
      let read = 0;
      for (let n = some; n < end; n++) {
        read ^= slots[(hashPair(states[2 * n]!, states[2 * n + 1]!) >>> shift) << 1]!;
      }
      this.#read[0] = read;
      for (let n = some; n < end; n++) {
        const low = states[2 * n]!;
        const high = states[2 * n + 1]!;
        if (low === 0) continue;
        let start = (hashPair(low, high) >>> shift) << 1;
        let slot = start;
        while (slots[slot] !== 0 || !this.#claim(slot, low)) {
          slot = nextSlot(slot);
          if (slot === start) {
            start = slotInNextLine(start, last);
            slot = start;
          }
        }
        slots[slot + 1] = high;
      }
    }
  }
}

/** States that are put back together. */
const SOME = 512;
