// Exact table for states of any size: a slot has a tag and the place in the log, and the log has the whole states. A slot's second
// word says whose it is: nobody's, a worker's that is about to fill it, or the state's at that place.
import type { StateBatch } from "../model.ts";
import { hashWords } from "./hash.ts";
import { BITS, type StateMemory } from "./memory.ts";
import type { LevelStates, StateTable } from "./table.ts";

const CLAIMED_NOW = -1;

export class WordTable implements StateTable {
  readonly level: LevelStates;
  readonly next: LevelStates;
  readonly #words: number;
  readonly #batch: StateBatch;
  readonly #control: Int32Array;
  readonly #slots: Int32Array;
  readonly #states: Int32Array;
  readonly #parents: Int32Array;
  /** Slot hash and tag of each state of a batch. */
  readonly #hashes: Int32Array;
  readonly #room: number;
  /** Nobody else claims slots: atomic operations are calls here, and take their time. */
  readonly #isAlone: boolean;

  constructor({ words, control, slots, keys, parents, workers }: StateMemory, batch: StateBatch) {
    this.#batch = batch;
    this.#isAlone = workers === 1;
    this.#words = words;
    this.#control = control;
    this.#slots = slots;
    this.#states = keys;
    this.#parents = parents;
    this.level = { states: keys, first: 0 };
    this.next = this.level;
    this.#room = batch.parents.length;
    this.#hashes = new Int32Array(2 * this.#room);
  }

  turn(): void {}

  addSome(from: number, to: number, place: number): number {
    const { states: given, parents } = this.#batch;
    const words = this.#words;
    const slots = this.#slots;
    const hashes = this.#hashes;
    const isAlone = this.#isAlone;
    const bits = this.#control[BITS]!;
    const shift = 32 - bits;
    const last = 2 ** bits - 1;
    for (let i = from; i < to; i++) hashWords(given, i * words, words, hashes, 2 * i);
    let end = place;
    for (let i = from; i < to; i++) {
      const tag = hashes[2 * i + 1]!;
      let slot = hashes[2 * i]! >>> shift;
      for (;;) {
        const found = isAlone ? slots[2 * slot + 1]! : Atomics.load(slots, 2 * slot + 1);
        if (found === 0) {
          if (!isAlone && Atomics.compareExchange(slots, 2 * slot + 1, 0, CLAIMED_NOW) !== 0) continue;
          slots[2 * slot] = tag;
          this.#write(given, i * words, end, parents[i]!);
          if (isAlone) slots[2 * slot + 1] = end;
          else Atomics.store(slots, 2 * slot + 1, end);
          end++;
          break;
        }
        if (found === CLAIMED_NOW) continue;
        if (slots[2 * slot] === tag && this.#isAt(found, given, i * words)) break;
        slot = (slot + 1) & last;
      }
    }
    return end;
  }

  #write(given: Int32Array, from: number, place: number, parent: number): void {
    const words = this.#words;
    const states = this.#states;
    for (let w = 0; w < words; w++) states[place * words + w] = given[from + w]!;
    this.#parents[place] = parent;
  }

  #isAt(place: number, given: Int32Array, at: number): boolean {
    const words = this.#words;
    const states = this.#states;
    const from = place * words;
    for (let w = 0; w < words; w++) {
      if (states[from + w] !== given[at + w]) return false;
    }
    return true;
  }

  clear(from: number, to: number): void {
    this.#slots.fill(0, 2 * from, 2 * to);
  }

  refill(bits: number, from: number, to: number): void {
    const words = this.#words;
    const slots = this.#slots;
    const hashes = this.#hashes;
    const shift = 32 - bits;
    const last = 2 ** bits - 1;
    for (let some = from; some < to; some += this.#room) {
      const count = Math.min(this.#room, to - some);
      for (let i = 0; i < count; i++) hashWords(this.#states, (some + i) * words, words, hashes, 2 * i);
      for (let i = 0; i < count; i++) {
        const place = some + i;
        if (this.#parents[place] === 0) continue;
        let slot = hashes[2 * i]! >>> shift;
        while (slots[2 * slot + 1] !== 0 || Atomics.compareExchange(slots, 2 * slot + 1, 0, place) !== 0) {
          slot = (slot + 1) & last;
        }
        slots[2 * slot] = hashes[2 * i + 1]!;
      }
    }
  }
}
