// Exact table for states of any size: a slot has a tag and the place in the log, and the log has the whole states.
import { hashWords } from "./explore-hash.ts";
import {
  capacityOf,
  FIRST_BITS,
  FULL,
  type LevelStates,
  reserveWords,
  SLOT_BYTES,
  type StateBatch,
  type StateLog,
  type StateTable,
  type TableLimits,
} from "./explore-table.ts";

export class WordTable implements StateTable {
  readonly capacity: number;
  readonly log: StateLog;
  readonly level: LevelStates;
  readonly next: LevelStates;
  readonly #words: number;
  readonly #logBytes: number;
  readonly #slots: Int32Array;
  readonly #states: Int32Array;
  readonly #parents: Int32Array;
  /** Slot hash and tag of each state of a batch. */
  readonly #hashes: Int32Array;
  readonly #batch: number;
  #bits = FIRST_BITS;
  count = 0;

  constructor({ words, bytes, batch, shared }: TableLimits) {
    this.#words = words;
    this.#logBytes = 4 * words + 4;
    const { bits, states } = capacityOf(bytes, this.#logBytes);
    this.capacity = states;
    this.#slots = reserveWords(2 * 2 ** bits, false);
    this.#states = reserveWords(words * states, shared);
    this.#parents = reserveWords(states, shared);
    this.log = { keyWords: words, keys: this.#states, parents: this.#parents };
    this.level = { states: this.#states, first: 0 };
    this.next = this.level;
    this.#batch = batch;
    this.#hashes = new Int32Array(2 * batch);
  }

  get bytes(): number {
    return SLOT_BYTES * 2 ** this.#bits + this.#logBytes * this.count;
  }

  turn(): void {}

  addAll(batch: StateBatch): boolean {
    const { count, states: given, parents } = batch;
    if (this.count + count > this.capacity) return false;
    while (this.count + count > FULL * 2 ** this.#bits) this.#grow();
    const words = this.#words;
    const slots = this.#slots;
    const hashes = this.#hashes;
    const shift = 32 - this.#bits;
    const last = 2 ** this.#bits - 1;
    for (let i = 0; i < count; i++) hashWords(given, i * words, words, hashes, 2 * i);
    for (let i = 0; i < count; i++) {
      const tag = hashes[2 * i + 1]!;
      let slot = hashes[2 * i]! >>> shift;
      for (;;) {
        const place = slots[2 * slot + 1]!;
        if (place === 0) {
          slots[2 * slot] = tag;
          this.#append(given, i * words, parents[i]!);
          slots[2 * slot + 1] = this.count;
          break;
        }
        if (slots[2 * slot] === tag && this.#isAt(place - 1, given, i * words)) break;
        slot = (slot + 1) & last;
      }
    }
    return true;
  }

  #append(given: Int32Array, at: number, parent: number): void {
    const words = this.#words;
    const states = this.#states;
    const to = this.count * words;
    for (let w = 0; w < words; w++) states[to + w] = given[at + w]!;
    this.#parents[this.count++] = parent;
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

  #grow(): void {
    this.#bits++;
    const words = this.#words;
    const slots = this.#slots;
    const hashes = this.#hashes;
    const { count } = this;
    const shift = 32 - this.#bits;
    const last = 2 ** this.#bits - 1;
    slots.fill(0, 0, 2 ** this.#bits);
    for (let from = 0; from < count; from += this.#batch) {
      const some = Math.min(this.#batch, count - from);
      for (let i = 0; i < some; i++) hashWords(this.#states, (from + i) * words, words, hashes, 2 * i);
      for (let i = 0; i < some; i++) {
        let slot = hashes[2 * i]! >>> shift;
        while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & last;
        slots[2 * slot] = hashes[2 * i + 1]!;
        slots[2 * slot + 1] = from + i + 1;
      }
    }
  }
}
