// The memory of an exploration: slots, and the log of states in the order in which they were found. Everything that is agreed upon by
// the workers is here, and so is what the tables keep. Places of the log begin at 1, so that 0 is not a place.

import type { Model } from "../model.ts";
import { Arrays, bytesFor, type Memory, MOST_BYTES, type Modules, memoryOf } from "../wasm/engine.ts";

/** How to explore, apart from where to stop. */
export interface Manner {
  readonly workers: number;
  /** One state for all that are alike but for names. */
  readonly symmetry: boolean;
  /** Keep 64-bit fingerprints instead of states. */
  readonly fingerprint: boolean;
  /** Memory of all workers together. */
  readonly bytes: number;
}

export type TableKind = "pairs" | "words" | "fingerprints";

/** What is agreed upon, in `control`: the log's first place that nobody has claimed. */
export const CLAIMED = 0;
/** The table has 2^bits slots. */
export const BITS = 1;
/** The level's first place that nobody has taken to be expanded. */
export const CURSOR = 2;
/** Places of the largest level so far. */
export const LARGEST_LEVEL = 3;
const CONTROL_WORDS = 4;

/** Part of a buffer. */
interface Piece {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly length: number;
}

interface MemoryOf<Words> {
  readonly workers: number;
  readonly kind: TableKind;
  /** Words of a state, and of what is kept of it. */
  readonly words: number;
  readonly keyWords: number;
  /** Claimed places at the most, and those of one level. */
  readonly capacity: number;
  readonly capacityOfLevel: number;
  readonly control: Words;
  readonly slots: Words;
  /** The state itself, or its fingerprint. */
  readonly keys: Words;
  /** Place of the state that each was first reached from, the initial one from itself. 0 where there is none: workers claim many places at once. */
  readonly parents: Words;
  /** Whole states of this level and the next, where only fingerprints are kept. */
  readonly levels: readonly Words[];
  /** Where pairs are kept, all but levels is in the first bytes of one memory. Behind them is room for each worker's own arrays. */
  readonly machine: Memory | undefined;
  readonly ofShared: number;
}

export type StateMemory = MemoryOf<Int32Array>;

/** As one thread hands it to another: an array of 4 GiB or more would lose its length on the way. */
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
  viewedBy(memory, ({ buffer, byteOffset, length }) => ({ buffer, byteOffset, length }));

export const takeOver = (memory: HandedMemory): StateMemory =>
  viewedBy(memory, ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length));

/** Fullest before a table grows to twice its slots. */
export const FULL = 0.6;
const SLOT_BYTES = 8;
const FIRST_BITS = 12;
const MOST_BITS = 29;

/** Bytes of a worker's own arrays. */
const OWN_BYTES = 2 ** 21;

/** Share of the memory that is left to fingerprints; the rest is for the states of two levels. */
const OF_FINGERPRINTS = 0.6;

function kindOf(model: Model, fingerprint: boolean): TableKind {
  if (fingerprint) return "fingerprints";
  return model.words === 2 && model.wordsAreNeverZero === true ? "pairs" : "words";
}

/** Of the log a state takes its key and 4 bytes; at worst, just grown, a pair takes 12 + 2 * 8 / 0.6 = 38.7 bytes in all. */
const logBytesOf = (keyWords: number): number => 4 * keyWords + 4;

/**
 * Memory that nobody has touched costs nothing, so all is reserved as a whole: growing copies nothing.
 *
 * @throws RangeError if there is not so much to reserve
 */
export function reserveMemory(model: Model, { bytes, fingerprint, workers }: Manner): StateMemory {
  const kind = kindOf(model, fingerprint);
  const isWhole = kind === "words";
  const { words } = model;
  const keyWords = isWhole ? words : 2;
  const ofTable = fingerprint ? bytes * OF_FINGERPRINTS : bytes;
  const ofOwn = OWN_BYTES * workers;
  const most = isWhole ? ofTable : Math.min(ofTable, MOST_BYTES - 2 * ofOwn);
  const { bits, states } = capacityOf(most, logBytesOf(keyWords));
  const ofLevel = fingerprint ? Math.floor((bytes - ofTable) / 2 / (4 * words)) : states;
  const lengths = [CONTROL_WORDS, 2 * 2 ** bits, keyWords * (states + 1), states + 1];
  const ofShared = lengths.reduce((sum, length) => sum + bytesFor(length), 0);
  const machine = isWhole ? undefined : memoryOf(ofShared + ofOwn, workers > 1);
  const arrays = machine && new Arrays(machine, 0, ofShared);
  const reserve = (length: number): Int32Array =>
    workers > 1 ? new Int32Array(new SharedArrayBuffer(4 * length)) : new Int32Array(length);
  const [control, slots, keys, parents] = lengths.map((length) => arrays?.take(length) ?? reserve(length));
  control![CLAIMED] = 1;
  control![BITS] = FIRST_BITS;
  return {
    workers,
    kind,
    words,
    keyWords,
    capacity: states,
    capacityOfLevel: ofLevel,
    control: control!,
    slots: slots!,
    keys: keys!,
    parents: parents!,
    levels: fingerprint ? [reserve(words * ofLevel), reserve(words * ofLevel)] : [],
    machine,
    ofShared,
  };
}

/** The arrays of one worker's own, where there is a memory for them. */
export function ownArrays({ machine, ofShared }: StateMemory, me: number, modules?: Modules): Arrays | undefined {
  const from = ofShared + OWN_BYTES * me;
  return machine && new Arrays(machine, from, from + OWN_BYTES, modules);
}

/** Bytes in use. */
export function bytesOf({ control, keyWords, words, levels }: StateMemory): number {
  const ofLog = logBytesOf(keyWords) * (control[CLAIMED]! - 1);
  return SLOT_BYTES * 2 ** control[BITS]! + ofLog + levels.length * 4 * words * control[LARGEST_LEVEL]!;
}

interface Capacity {
  /** Slots at the most: 2^bits. */
  readonly bits: number;
  readonly states: number;
}

/** The most states that these bytes hold, if each takes so many beside its slot. */
function capacityOf(bytes: number, besideSlot: number): Capacity {
  let best: Capacity = { bits: FIRST_BITS, states: 0 };
  for (let bits = FIRST_BITS; bits <= MOST_BITS; bits++) {
    const rest = bytes - SLOT_BYTES * 2 ** bits;
    const states = Math.floor(Math.min(FULL * 2 ** bits, rest / besideSlot));
    if (states > best.states) best = { bits, states };
  }
  return best;
}
