// How one worker hands states to another: a ring of batches in shared memory, written by one and read by one, so that a counter at
// either end is all that has to be agreed upon.
import type { StateBatch } from "./explore-table.ts";

/** States of the largest batch. */
export const RING_BATCH = 1024;
/** Batches of a ring. */
const BATCHES = 16;

/** Words at the front: batches written, batches read, and how many states each batch has. */
const WRITTEN = 0;
const READ = 1;
const COUNTS = 2;

/** A ring's memory, to be handed to both ends. */
export const ringMemory = (words: number): SharedArrayBuffer =>
  new SharedArrayBuffer(4 * (COUNTS + BATCHES + BATCHES * RING_BATCH * (words + 1)));

function batchesOf(memory: SharedArrayBuffer, words: number): StateBatch[] {
  return Array.from({ length: BATCHES }, (_, n) => {
    const from = 4 * (COUNTS + BATCHES + n * RING_BATCH * (words + 1));
    return {
      states: new Int32Array(memory, from, RING_BATCH * words),
      parents: new Int32Array(memory, from + 4 * RING_BATCH * words, RING_BATCH),
      count: 0,
    };
  });
}

export class RingWriter {
  readonly #control: Int32Array;
  readonly #batches: readonly StateBatch[];
  #written = 0;
  /** Being filled. */
  #open: StateBatch | undefined;

  constructor(memory: SharedArrayBuffer, words: number) {
    this.#control = new Int32Array(memory, 0, COUNTS + BATCHES);
    this.#batches = batchesOf(memory, words);
  }

  /** A batch with room; undefined while its reader lags behind. */
  batch(): StateBatch | undefined {
    if (this.#open !== undefined && this.#open.count < RING_BATCH) return this.#open;
    this.publish();
    if (this.#written - Atomics.load(this.#control, READ) >= BATCHES) return undefined;
    this.#open = this.#batches[this.#written % BATCHES]!;
    this.#open.count = 0;
    return this.#open;
  }

  /** Hands over what there is. */
  publish(): void {
    if (this.#open === undefined || this.#open.count === 0) return;
    this.#control[COUNTS + (this.#written % BATCHES)] = this.#open.count;
    this.#written++;
    this.#open = undefined;
    Atomics.store(this.#control, WRITTEN, this.#written);
  }
}

export class RingReader {
  readonly #control: Int32Array;
  readonly #batches: readonly StateBatch[];
  #read = 0;

  constructor(memory: SharedArrayBuffer, words: number) {
    this.#control = new Int32Array(memory, 0, COUNTS + BATCHES);
    this.#batches = batchesOf(memory, words);
  }

  /** The oldest batch that was not taken yet; it stays until `done`. */
  take(): StateBatch | undefined {
    if (Atomics.load(this.#control, WRITTEN) === this.#read) return undefined;
    const batch = this.#batches[this.#read % BATCHES]!;
    batch.count = this.#control[COUNTS + (this.#read % BATCHES)]!;
    return batch;
  }

  done(): void {
    this.#read++;
    Atomics.store(this.#control, READ, this.#read);
  }
}
