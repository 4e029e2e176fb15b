// Successors gathered into a batch to be looked up together, without those of two words that were gathered a short while ago. Half of
// all are among them, because states that are found together lead to the same states; and what is kept of them fits into the
// processor's own cache, where the table does not.

import { type Gatherer, type Model, type NoteEvent, type StateBatch, Successors } from "../model.ts";
import type { Arrays } from "../wasm/engine.ts";
import { hashPair } from "./hash.ts";

/** Pairs that are remembered by the first bits of their hash: 2^15 of them are 256 KiB. */
export const RECENT_BITS = 15;

/**
 * The model's own gatherer, or else one that takes what its expand left in a list.
 *
 * @param own where the batch is, if it is in a memory of WebAssembly
 */
export function gathererOf(model: Model, batch: StateBatch, note: NoteEvent, own: Arrays | undefined): Gatherer {
  if (own && model.gatherer) return model.gatherer(batch, note, own);
  return new ListGatherer(model, batch, note);
}

class ListGatherer implements Gatherer {
  readonly batch: StateBatch;
  transitions = 0;
  readonly #model: Model;
  readonly #note: NoteEvent;
  readonly #successors: Successors;
  readonly #recent: Int32Array;

  constructor(model: Model, batch: StateBatch, note: NoteEvent) {
    this.batch = batch;
    this.#model = model;
    this.#note = note;
    this.#successors = new Successors(model.words, model.events);
    this.#recent = new Int32Array(model.words === 2 ? 2 * 2 ** RECENT_BITS : 0);
  }

  gather(states: Int32Array, at: number, place: number): void {
    const successors = this.#successors;
    successors.count = 0;
    this.#model.expand(states, at, successors);
    if (this.#model.words === 2) this.#takePairs(place);
    else this.#takeAll(place);
    this.transitions += successors.count;
    const { violations, events, count } = successors;
    for (let i = 0; i < count; i++) if (violations[i] !== 0) this.#note(events[i]!, violations[i]!);
  }

  /** All of them, of any size. */
  #takeAll(place: number): void {
    const { states, count } = this.#successors;
    const { words } = this.#model;
    const { batch } = this;
    const to = batch.count * words;
    for (let w = 0; w < count * words; w++) batch.states[to + w] = states[w]!;
    batch.parents.fill(place, batch.count, batch.count + count);
    batch.count += count;
  }

  /** Those of two words that were not gathered a short while ago, in their order. */
  #takePairs(place: number): void {
    const { states, count } = this.#successors;
    const { states: into, parents, hashes } = this.batch;
    const recent = this.#recent;
    let kept = this.batch.count;
    for (let i = 0; i < count; i++) {
      const low = states[2 * i]!;
      const high = states[2 * i + 1]!;
      const hash = hashPair(low, high);
      const at = (hash >>> (32 - RECENT_BITS)) * 2;
      const differs = (recent[at]! ^ low) | (recent[at + 1]! ^ high);
      recent[at] = low;
      recent[at + 1] = high;
      into[2 * kept] = low;
      into[2 * kept + 1] = high;
      parents[kept] = place;
      hashes[kept] = hash;
      // One more if it differs, without a branch that nobody can predict.
      kept += (differs | -differs) >>> 31;
    }
    this.batch.count = kept;
  }
}
