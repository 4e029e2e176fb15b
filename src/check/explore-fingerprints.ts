// Table that keeps 64-bit fingerprints instead of states: whole states only of two levels. Two states with one fingerprint are taken
// for one, so a state can be missed; how likely that is, is said with the result.
import { hashWords } from "./explore-hash.ts";
import { PairTable } from "./explore-pairs.ts";
import type { LevelStates, StateBatch, StateLog, StateTable, TableLimits } from "./explore-table.ts";

/** Two different states out of n have one fingerprint with this probability at the most. */
export const missProbability = (states: number): number => Math.min(1, (states * (states - 1)) / 2 / 2 ** 64);

/** Share of the memory that is left to the fingerprints; the rest is for the states of two levels. */
const OF_FINGERPRINTS = 0.6;

export class FingerprintTable implements StateTable {
  readonly capacity: number;
  readonly #words: number;
  readonly #pairs: PairTable;
  readonly #fingerprints: StateBatch;
  readonly #mostOfLevel: number;
  #level: { states: Int32Array; first: number };
  #next: { states: Int32Array; first: number };

  constructor({ words, bytes, batch, shared }: TableLimits) {
    this.#words = words;
    this.#pairs = new PairTable({ words: 2, bytes: bytes * OF_FINGERPRINTS, batch, shared });
    this.capacity = this.#pairs.capacity;
    this.#fingerprints = { states: new Int32Array(2 * batch), parents: new Int32Array(batch), count: 0 };
    this.#mostOfLevel = Math.floor((bytes * (1 - OF_FINGERPRINTS)) / 2 / (4 * words));
    this.#level = { states: new Int32Array(0), first: 0 };
    this.#next = { states: new Int32Array(words * batch), first: 0 };
  }

  get count(): number {
    return this.#pairs.count;
  }

  get bytes(): number {
    return this.#pairs.bytes + this.#level.states.byteLength + this.#next.states.byteLength;
  }

  get log(): StateLog {
    return this.#pairs.log;
  }

  get level(): LevelStates {
    return this.#level;
  }

  get next(): LevelStates {
    return this.#next;
  }

  turn(): void {
    const { states } = this.#level;
    this.#level = this.#next;
    this.#next = { states, first: this.count };
  }

  addAll(batch: StateBatch): boolean {
    const { count, states, parents } = batch;
    const words = this.#words;
    const before = this.count;
    const kept = before - this.#next.first;
    if (before + count > this.capacity || kept + count > this.#mostOfLevel) return false;
    this.#makeRoom(kept + count);
    const fingerprints = this.#fingerprints;
    const next = this.#next.states;
    let to = kept * words;
    for (let i = 0; i < count; i++) {
      hashWords(states, i * words, words, fingerprints.states, 2 * i);
      // All zeros is an empty slot.
      if (fingerprints.states[2 * i] === 0 && fingerprints.states[2 * i + 1] === 0) fingerprints.states[2 * i] = 1;
      fingerprints.parents[i] = parents[i]!;
    }
    fingerprints.count = count;
    this.#pairs.addAll(fingerprints);
    // The new ones are the first of their fingerprint in the batch, in its order.
    const { keys } = this.log;
    let fresh = before;
    for (let i = 0; i < count && fresh < this.count; i++) {
      const isNew =
        keys[2 * fresh] === fingerprints.states[2 * i] && keys[2 * fresh + 1] === fingerprints.states[2 * i + 1];
      if (!isNew) continue;
      for (let w = 0; w < words; w++) next[to + w] = states[i * words + w]!;
      to += words;
      fresh++;
    }
    return true;
  }

  #makeRoom(states: number): void {
    const wanted = states * this.#words;
    if (wanted <= this.#next.states.length) return;
    const larger = new Int32Array(Math.max(wanted, 2 * this.#next.states.length));
    larger.set(this.#next.states);
    this.#next.states = larger;
  }
}
