// The memory of an exploration: slots, and the log of states in the order in which they were found. Here is all that workers agree on,
// and all that tables keep. Places of the log begin at 1, so that 0 is not a place. Untouched memory costs nothing, so all of it is
// reserved at once and used from the front, and growing copies nothing.
import type { Model } from "../model.ts";

/** How to explore, apart from where to stop. */
export interface Manner {
  readonly workers: number;
  /** One state for all that differ only in names. */
  readonly symmetry: boolean;
  /** Keep 64-bit fingerprints instead of states. */
  readonly fingerprint: boolean;
  /** Memory of all workers together, in bytes. */
  readonly bytes: number;
}

/** What is agreed upon, in `control`: the log's first place that nobody has claimed. */
export const CLAIMED = 0;
/** The table has 2^bits slots. */
export const BITS = 1;
/** The level's first place that nobody has taken to be expanded. */
export const CURSOR = 2;
/** Places of the largest level so far. */
export const LARGEST_LEVEL = 3;
const CONTROL_WORDS = 4;

interface MemoryOf<Words> {
  readonly workers: number;
  /** Words of a state, and of what the log keeps of it. */
  readonly words: number;
  readonly keyWords: number;
  /** How many places can be claimed, and how many of one level. */
  readonly capacity: number;
  readonly capacityOfLevel: number;
  readonly control: Words;
  readonly slots: Words;
  /** The log: of each state the state itself, or its fingerprint. */
  readonly keys: Words;
  /** Place of the state from which each was first reached, the initial one from itself. 0 if unused: workers claim many places at once. */
  readonly parents: Words;
  /** Whole states of this level and the next, where the log keeps fingerprints; otherwise empty. */
  readonly levels: readonly Words[];
}

export type StateMemory = MemoryOf<Int32Array>;

interface Piece {
  readonly buffer: ArrayBufferLike;
  readonly length: number;
}

/** The form in which one thread hands it to another: an array of 4 GiB or more would lose its length on the way. */
export type HandedMemory = MemoryOf<Piece>;

function viewedBy<A, B>(memory: MemoryOf<A>, view: (words: A) => B): MemoryOf<B> {
  const { control, slots, keys, parents, levels } = memory;
  return {
    ...memory,
    control: view(control),
    slots: view(slots),
    keys: view(keys),
    parents: view(parents),
    levels: levels.map(view),
  };
}

export const handOver = (memory: StateMemory): HandedMemory =>
  viewedBy(memory, ({ buffer, length }) => ({ buffer, length }));

export const takeOver = (memory: HandedMemory): StateMemory =>
  viewedBy(memory, ({ buffer, length }) => new Int32Array(buffer, 0, length));

/** Above this share of used slots, a table doubles its slots. */
export const FULL = 0.6;
const SLOT_BYTES = 8;
const FIRST_BITS = 12;
const MOST_BITS = 29;

/** Share of the memory for fingerprints; the rest is for the states of two levels. */
const OF_FINGERPRINTS = 0.6;

/** In the log a state takes its key and 4 bytes; at worst, just after growing, a state of two words takes 12 + 2 * 8 / 0.6 = 38.7 bytes. */
const logBytesOf = (keyWords: number): number => 4 * keyWords + 4;

/** @throws RangeError if there is not so much to reserve */
export function reserveMemory(
  { words }: Model,
  { bytes, fingerprint, workers }: Manner,
  isShared = workers > 1,
): StateMemory {
  const keyWords = fingerprint ? 2 : words;
  const ofTable = fingerprint ? bytes * OF_FINGERPRINTS : bytes;
  const { bits, states } = capacityOf(ofTable, logBytesOf(keyWords));
  const capacityOfLevel = fingerprint ? Math.floor((bytes - ofTable) / 2 / (4 * words)) : states;
  const reserve = (length: number): Int32Array =>
    isShared ? new Int32Array(new SharedArrayBuffer(4 * length)) : new Int32Array(length);
  const control = reserve(CONTROL_WORDS);
  control[CLAIMED] = 1;
  control[BITS] = FIRST_BITS;
  return {
    workers,
    words,
    keyWords,
    capacity: states,
    capacityOfLevel,
    control,
    slots: reserve(2 * 2 ** bits),
    keys: reserve(keyWords * (states + 1)),
    parents: reserve(states + 1),
    levels: fingerprint ? [reserve(words * capacityOfLevel), reserve(words * capacityOfLevel)] : [],
  };
}

/** Bytes in use. */
export function bytesOf({ control, keyWords, words, levels }: StateMemory): number {
  const ofLog = logBytesOf(keyWords) * (control[CLAIMED]! - 1);
  return SLOT_BYTES * 2 ** control[BITS]! + ofLog + levels.length * 4 * words * control[LARGEST_LEVEL]!;
}

/** The most states that this many bytes hold, if each takes `besideSlot` bytes beside its slot, and the slots for them: 2^bits. */
function capacityOf(bytes: number, besideSlot: number) {
  let best = { bits: FIRST_BITS, states: 0 };
  for (let bits = FIRST_BITS; bits <= MOST_BITS; bits++) {
    const rest = bytes - SLOT_BYTES * 2 ** bits;
    const states = Math.floor(Math.min(FULL * 2 ** bits, rest / besideSlot));
    if (states > best.states) best = { bits, states };
  }
  return best;
}
