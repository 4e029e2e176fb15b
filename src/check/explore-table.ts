// What the explorer asks of a table of known states, whatever it keeps of them. Next: explore-pairs.ts, explore-words.ts,
// explore-fingerprints.ts.

/** States to be looked up together, one behind the other. */
export interface StateBatch {
  readonly states: Int32Array;
  /** Number of the state that each was reached from. */
  readonly parents: Int32Array;
  count: number;
}

export interface TableLimits {
  readonly words: number;
  /** Memory for all of it. */
  readonly bytes: number;
  /** States of the largest batch. */
  readonly batch: number;
  /** Logs that another thread may read. */
  readonly shared: boolean;
}

/** What is kept of every state in the order in which they were found: enough to walk back to the initial one. */
export interface StateLog {
  /** Words of a key. */
  readonly keyWords: number;
  /** The state itself, or its fingerprint. */
  readonly keys: Int32Array;
  /** Number of the state that each was first reached from, -1 for the initial one. */
  readonly parents: Int32Array;
}

export interface StateTable {
  /** How many states fit. */
  readonly capacity: number;
  /** How many there are. */
  readonly count: number;
  /** Memory in use. */
  readonly bytes: number;
  readonly log: StateLog;
  /** The whole states of the level that is expanded: number n stands at (n - first) * words. */
  readonly level: LevelStates;
  /** The same for states that were added since the last turn. */
  readonly next: LevelStates;
  /** The next level becomes the one that is expanded. */
  turn(): void;
  /** Adds those that are new, in their order. @returns false, and nothing is added, if there may not be room */
  addAll(batch: StateBatch): boolean;
}

export interface LevelStates {
  readonly states: Int32Array;
  readonly first: number;
}

/** Memory that nobody has touched costs nothing, so tables and logs are reserved as a whole: growing copies nothing. */
export function reserveWords(length: number, shared: boolean): Int32Array {
  return shared ? new Int32Array(new SharedArrayBuffer(4 * length)) : new Int32Array(length);
}

/**
 * The same, beginning where a line of the processor's cache begins: an allocator that puts 16 bytes in front of large pieces leaves
 * them there. Where it does otherwise, only time is lost.
 */
export const reserveLines = (length: number): Int32Array =>
  new Int32Array(new ArrayBuffer(4 * length + 48), 48, length);

/** Fullest before a table grows to twice its slots. */
export const FULL = 0.6;
export const SLOT_BYTES = 8;
export const FIRST_BITS = 12;
const MOST_BITS = 29;

export interface Capacity {
  /** Slots at the most: 2^bits. */
  readonly bits: number;
  readonly states: number;
}

/** The most states that these bytes hold, if each takes so many beside its slot. */
export function capacityOf(bytes: number, besideSlot: number): Capacity {
  let best: Capacity = { bits: FIRST_BITS, states: 0 };
  for (let bits = FIRST_BITS; bits <= MOST_BITS; bits++) {
    const rest = bytes - SLOT_BYTES * 2 ** bits;
    const states = Math.floor(Math.min(FULL * 2 ** bits, rest / besideSlot));
    if (states > best.states) best = { bits, states };
  }
  return best;
}
