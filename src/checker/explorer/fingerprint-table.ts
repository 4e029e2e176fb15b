// Table that keeps 64-bit fingerprints instead of states: whole states only of two levels. Two states with one fingerprint are taken
// for one, so a state can be missed; how likely that is, is said with the result.

import type { StateBatch } from "../model.ts";
import type { Arrays } from "../wasm/engine.ts";
import { hashPair, hashWords } from "./hash.ts";
import type { StateMemory } from "./memory.ts";
import { PairTable } from "./pair-table.ts";
import { batchOf, type LevelStates, type StateTable } from "./table.ts";

/** Two different states out of n have one fingerprint with this probability at the most. */
export const missProbability = (states: number): number => Math.min(1, (states * (states - 1)) / 2 / 2 ** 64);

/** The fingerprint of a state, in two words that are never zero, to `into[to]` and `into[to + 1]`. */
export function fingerprintOf(states: Int32Array, at: number, words: number, into: Int32Array, to: number): void {
  hashWords(states, at, words, into, to);
  if (into[to] === 0) into[to] = 1;
  if (into[to + 1] === 0) into[to + 1] = 1;
}

export class FingerprintTable implements StateTable {
  readonly #words: number;
  readonly #pairs: PairTable;
  readonly #keys: Int32Array;
  readonly #batch: StateBatch;
  readonly #fingerprints: StateBatch;
  #level: LevelStates;
  #next: LevelStates;

  constructor(memory: StateMemory, own: Arrays, batch: StateBatch) {
    this.#words = memory.words;
    this.#keys = memory.keys;
    this.#batch = batch;
    this.#fingerprints = batchOf(2, batch.parents.length, (length) => own.take(length));
    this.#pairs = new PairTable(memory, own, this.#fingerprints);
    this.#level = { states: memory.levels[0]!, first: 0 };
    this.#next = { states: memory.levels[1]!, first: 1 };
  }

  get level(): LevelStates {
    return this.#level;
  }

  get next(): LevelStates {
    return this.#next;
  }

  turn(first: number): void {
    const { states } = this.#level;
    this.#level = this.#next;
    this.#next = { states, first };
  }

  addSome(from: number, to: number, place: number): number {
    const words = this.#words;
    const { states, parents } = this.#batch;
    const batch = this.#fingerprints;
    for (let i = from; i < to; i++) {
      fingerprintOf(states, i * words, words, batch.states, 2 * i);
      batch.hashes[i] = hashPair(batch.states[2 * i]!, batch.states[2 * i + 1]!);
      batch.parents[i] = parents[i]!;
    }
    const end = this.#pairs.addSome(from, to, place);
    // The new ones are the first of their fingerprint in the batch, in its order.
    const keys = this.#keys;
    const next = this.#next;
    let added = place;
    for (let i = from; i < to && added < end; i++) {
      if (keys[2 * added] !== batch.states[2 * i] || keys[2 * added + 1] !== batch.states[2 * i + 1]) continue;
      const at = (added - next.first) * words;
      for (let w = 0; w < words; w++) next.states[at + w] = states[i * words + w]!;
      added++;
    }
    return end;
  }

  clear(from: number, to: number): void {
    this.#pairs.clear(from, to);
  }

  refill(bits: number, from: number, to: number): void {
    this.#pairs.refill(bits, from, to);
  }
}
