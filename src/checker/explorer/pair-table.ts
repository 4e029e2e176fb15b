// Exact table for states of two words that are never zero: the states themselves in the slots. What it does is in pair-source.ts.

import type { StateBatch } from "../model.ts";
import { type Arrays, type Functions, functionsOf } from "../wasm/engine.ts";
import { BITS, type StateMemory } from "./memory.ts";
import { pairSource } from "./pair-source.ts";
import type { LevelStates, StateTable } from "./table.ts";

export class PairTable implements StateTable {
  readonly level: LevelStates;
  readonly next: LevelStates;
  readonly #control: Int32Array;
  readonly #slots: Int32Array;
  readonly #functions: Functions;

  /** @param own where this worker's own arrays are, the batch among them */
  constructor({ control, slots, keys, parents: keyParents, workers }: StateMemory, own: Arrays, batch: StateBatch) {
    const { states, parents, hashes } = batch;
    const arrays = { slots, keys, keyParents, states, parents, hashes, touched: own.take(1) };
    this.#functions = functionsOf(own, pairSource(workers), arrays);
    this.#control = control;
    this.#slots = slots;
    this.level = { states: keys, first: 0 };
    this.next = this.level;
  }

  turn(): void {}

  addSome(from: number, to: number, place: number): number {
    return this.#functions.add!(from, to, place, this.#control[BITS]!);
  }

  clear(from: number, to: number): void {
    this.#slots.fill(0, 2 * from, 2 * to);
  }

  refill(bits: number, from: number, to: number): void {
    this.#functions.refill!(from, to, bits);
  }
}
