// One worker's part of an exploration: it takes some of a level, expands it, adds what is new to the table that all share, and counts
// what it found out about properties. Next: path.ts.

import { type Gatherer, type Model, PropertyThrew, type StateBatch } from "../model.ts";
import type { Arrays, Modules } from "../wasm/engine.ts";
import { ALONE, type Crew } from "./crew.ts";
import { FingerprintTable } from "./fingerprint-table.ts";
import { gathererOf } from "./gather.ts";
import { hashPair } from "./hash.ts";
import { BITS, CLAIMED, CURSOR, FULL, LARGEST_LEVEL, ownArrays, type StateMemory } from "./memory.ts";
import { PairTable } from "./pair-table.ts";
import { batchOf, type StateTable, TOGETHER } from "./table.ts";
import { WordTable } from "./word-table.ts";

/** Where a property was first broken or shown. */
export interface Place {
  /** Place of the state in the log, or of the one before the event. */
  readonly state: number;
  readonly event: number | undefined;
}

export interface Tally {
  /** How many states or events break or show it. */
  violations: number;
  /** Events of the shortest trace to one. */
  shortest: number | null;
  place: Place | undefined;
}

export interface Thrown {
  readonly property: string;
  readonly message: string;
  readonly place: Place;
}

export const tallyOf = (): Tally => ({ violations: 0, shortest: null, place: undefined });

/** Places that are claimed at once, fewer by several workers on a small level; and how few may be left of them without being used. */
const LARGEST_CLAIM = 1024;
const LEAST_CLAIM = 64;
const LEAST_ROOM = 8;

/** What a worker takes of a level at once: neighbours, because they lead to the same states, and not too many, so that all end together. */
const SHARES_OF_WORKER = 16;
const LEAST_SHARE = 64;
const LARGEST_SHARE = 4096;

function tableOf(memory: StateMemory, own: Arrays | undefined, batch: StateBatch): StateTable {
  if (own === undefined) return new WordTable(memory, batch);
  return memory.kind === "pairs" ? new PairTable(memory, own, batch) : new FingerprintTable(memory, own, batch);
}

/** Compiles once what every worker would compile for itself. */
export function modulesFor(model: Model, memory: StateMemory): Modules {
  const modules: Modules = new Map();
  new Part(model, false, memory, ALONE, modules);
  return modules;
}

export class Part {
  readonly tallies: readonly Tally[];
  thrown: Thrown | undefined;
  /** States that this worker found. */
  states = 0;
  transitions = 0;
  /** Level of the states that are expanded; the initial state is level 0. */
  depth = 0;
  readonly #model: Model;
  readonly #memory: StateMemory;
  readonly #crew: Crew;
  readonly #table: StateTable;
  readonly #gatherer: Gatherer;
  readonly #canonical: ((states: Int32Array, at: number) => void) | undefined;
  /** Places of this level, and of this worker's share of it. */
  #levelStart = 1;
  #levelEnd = 1;
  #cursor = 1;
  #shareEnd = 1;
  #share = 0;
  #claim = LARGEST_CLAIM;
  /** Places that this worker has claimed for states to come. */
  #place = 0;
  #claimEnd = 0;

  constructor(model: Model, symmetry: boolean, memory: StateMemory, crew = ALONE, modules?: Modules) {
    const room = TOGETHER + model.events;
    this.#model = model;
    this.#memory = memory;
    this.#crew = crew;
    const own = ownArrays(memory, crew.me, modules);
    const batch = batchOf(model.words, room, (length) => own?.take(length) ?? new Int32Array(length));
    this.#table = tableOf(memory, own, batch);
    const note = (event: number, mask: number): void => this.#note(mask, this.depth + 1, this.#cursor, event);
    this.#gatherer = gathererOf(model, batch, note, own);
    this.#canonical = symmetry ? model.canonical : undefined;
    this.tallies = model.properties.map(tallyOf);
  }

  /** Places of the level. */
  get level(): number {
    return this.#levelEnd - this.#levelStart;
  }

  /** Places of the level that nobody has begun to expand, or this worker has not. */
  get waiting(): number {
    const left = this.#levelEnd - Atomics.load(this.#memory.control, CURSOR);
    return Math.max(0, left) + this.#shareEnd - this.#cursor;
  }

  /** Begins with the initial state. One worker does it. @returns false if there is no room, or a property threw */
  begin(): boolean {
    const { batch } = this.#gatherer;
    this.#model.initial(batch.states, 0);
    // It is reached from itself: the first place is 1.
    batch.parents[0] = 1;
    batch.count = 1;
    if (this.#memory.kind === "pairs") this.#hash(batch);
    return this.#add(0);
  }

  /** This worker adds no more to the level that was found. */
  finish(): void {
    // What was claimed last can be given back; other claims leave places without states.
    const { control } = this.#memory;
    Atomics.compareExchange(control, CLAIMED, this.#claimEnd, this.#place);
    this.#place = 0;
    this.#claimEnd = 0;
  }

  /** What was found becomes the level, once all have finished. @returns its places */
  turn(): number {
    const { control } = this.#memory;
    this.#levelStart = this.#levelEnd;
    this.#levelEnd = Atomics.load(control, CLAIMED);
    this.#cursor = this.#levelStart;
    this.#shareEnd = this.#levelStart;
    this.#table.turn(this.#levelEnd);
    const { workers, me } = this.#crew;
    const share = Math.ceil(this.level / (SHARES_OF_WORKER * workers));
    this.#share = workers === 1 ? this.level : Math.min(Math.max(share, LEAST_SHARE), LARGEST_SHARE);
    if (workers > 1) this.#claim = Math.min(Math.max(share, LEAST_CLAIM), LARGEST_CLAIM);
    if (me === 0) {
      Atomics.store(control, CURSOR, this.#levelStart);
      control[LARGEST_LEVEL] = Math.max(control[LARGEST_LEVEL]!, this.level);
    }
    return this.level;
  }

  /**
   * Expands some states of the level, if any are left.
   *
   * @returns false if there is no room for what came of them, or a property threw
   */
  expandSome(): boolean {
    const gatherer = this.#gatherer;
    const { batch } = gatherer;
    const { words, parents } = this.#memory;
    const { states, first } = this.#table.level;
    batch.count = 0;
    if (this.#crew.isCalled) this.grow();
    try {
      while (batch.count < TOGETHER && (this.#cursor < this.#shareEnd || this.#takeShare())) {
        const place = this.#cursor;
        if (parents[place] !== 0) gatherer.gather(states, (place - first) * words, place);
        this.#cursor = place + 1;
      }
    } catch (error) {
      this.#catch(error, this.#cursor);
      return false;
    }
    this.transitions = gatherer.transitions;
    this.#standFor(batch);
    return this.#add(this.depth + 1);
  }

  #takeShare(): boolean {
    const from = Atomics.add(this.#memory.control, CURSOR, this.#share);
    if (from >= this.#levelEnd) return false;
    this.#cursor = from;
    this.#shareEnd = Math.min(from + this.#share, this.#levelEnd);
    return true;
  }

  /** Under symmetry, one state for all that are like it. */
  #standFor(batch: StateBatch): void {
    const canonical = this.#canonical;
    if (canonical === undefined) return;
    const { words, kind } = this.#memory;
    for (let i = 0; i < batch.count; i++) canonical(batch.states, i * words);
    if (kind === "pairs") this.#hash(batch);
  }

  #hash({ states, hashes, count }: StateBatch): void {
    for (let i = 0; i < count; i++) hashes[i] = hashPair(states[2 * i]!, states[2 * i + 1]!);
  }

  /** Adds the batch, reached at this depth. @returns false if there is no room, or a property threw */
  #add(depth: number): boolean {
    const { batch } = this.#gatherer;
    for (let from = 0; from < batch.count; ) {
      const room = this.#makeRoom(batch.count - from);
      if (room === 0) return false;
      const to = Math.min(from + room, batch.count);
      const place = this.#place;
      this.#place = this.#table.addSome(from, to, place);
      this.states += this.#place - place;
      if (!this.#testFrom(place, depth)) return false;
      from = to;
    }
    return true;
  }

  /** Tests what was added from this place on. @returns false if a property threw */
  #testFrom(from: number, depth: number): boolean {
    const { states, first } = this.#table.next;
    const { words } = this.#memory;
    let place = from;
    try {
      for (; place < this.#place; place++) {
        const mask = this.#model.violations(states, (place - first) * words);
        if (mask !== 0) this.#note(mask, depth, place, undefined);
      }
    } catch (error) {
      this.#catch(error, place);
      return false;
    }
    return true;
  }

  /**
   * Claims places for so many states or some of them, and grows the table where it would get too full.
   *
   * @returns for how many, 0 if the memory is at its end
   */
  #makeRoom(states: number): number {
    const { control, capacity, capacityOfLevel } = this.#memory;
    const { workers } = this.#crew;
    // What one worker alone claims is one piece. Among several the end of a piece is used up first: few of the states will be new.
    const least = workers === 1 ? states : Math.min(states, LEAST_ROOM);
    while (this.#claimEnd - this.#place < least) {
      // Several may find room for themselves at the same time.
      const end = Atomics.load(control, CLAIMED) + this.#claim * workers;
      if (end > capacity || end - this.#levelEnd > capacityOfLevel) return 0;
      if (end > FULL * 2 ** control[BITS]!) {
        this.#crew.call();
        this.grow();
        continue;
      }
      const from = Atomics.add(control, CLAIMED, this.#claim);
      if (from !== this.#claimEnd) this.#place = from;
      this.#claimEnd = from + this.#claim;
    }
    return this.#claimEnd - this.#place;
  }

  /** Twice as many slots, filled anew from the log: every worker does its part of it. */
  grow(): void {
    const { control } = this.#memory;
    const { workers, me } = this.#crew;
    const partOf = (all: number, n: number): number => Math.floor((all * n) / workers);
    const bits = control[BITS]! + 1;
    this.#crew.meet();
    const slots = 2 ** bits;
    this.#table.clear(partOf(slots, me), partOf(slots, me + 1));
    this.#crew.meet();
    if (me === 0) {
      control[BITS] = bits;
      this.#crew.answered();
    }
    const places = Atomics.load(control, CLAIMED);
    this.#table.refill(bits, partOf(places, me), partOf(places, me + 1));
    this.#crew.meet();
  }

  #note(mask: number, length: number, state: number, event: number | undefined): void {
    let rest = mask;
    while (rest !== 0) {
      const n = 31 - Math.clz32(rest);
      rest ^= 1 << n;
      const tally = this.tallies[n]!;
      tally.violations++;
      if (tally.shortest !== null) continue;
      tally.shortest = length;
      tally.place = { state, event };
    }
  }

  #catch(error: unknown, state: number): void {
    if (!(error instanceof PropertyThrew)) throw error;
    this.thrown = { property: error.property, message: error.message, place: { state, event: error.event } };
  }
}
