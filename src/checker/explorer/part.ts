// One worker's part of an exploration: it takes a share of a level, expands it, adds what is new to the table that all share, and counts
// what it finds out about properties. Next: path.ts.
import { type Model, PropertyThrew } from "../model.ts";
import { Batch, TOGETHER } from "./batch.ts";
import type { Crew } from "./crew.ts";
import { BITS, CLAIMED, CURSOR, FULL, LARGEST_LEVEL, type StateMemory } from "./state-memory.ts";
import { StateTable } from "./table.ts";

/** Where a property was first broken or shown. */
export interface PropertyFinding {
  /** Place of the state in the log, or of the one before the event. */
  readonly state: number;
  readonly event: number | undefined;
}

export interface PropertyTally {
  /** How many states or events break it or show it. */
  violations: number;
  /** Number of events in the shortest trace to one. */
  shortest: number | null;
  place: PropertyFinding | undefined;
}

export interface Thrown {
  readonly property: string;
  readonly message: string;
  readonly place: PropertyFinding;
}

export const tallyOf = (): PropertyTally => ({ violations: 0, shortest: null, place: undefined });

/** Places that are claimed at once, fewer by several workers on a small level; and how few of them may be left unused. */
const LARGEST_CLAIM = 1024;
const LEAST_CLAIM = 64;
const LEAST_ROOM = 8;

/** What a worker takes of a level at once: neighbours, because they lead to the same states; not too many, so that all end together. */
const SHARES_OF_WORKER = 16;
const LEAST_SHARE = 64;
const LARGEST_SHARE = 4096;

export class Part {
  readonly tallies: readonly PropertyTally[];
  thrown: Thrown | undefined;
  /** States that this worker found. */
  states = 0;
  transitions = 0;
  /** Level of the states that are expanded; the initial state is level 0. */
  depth = 0;
  readonly #model: Model;
  readonly #memory: StateMemory;
  readonly #crew: Crew;
  readonly #batch: Batch;
  readonly #table: StateTable;
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

  constructor(model: Model, symmetry: boolean, memory: StateMemory, crew: Crew) {
    this.#model = model;
    this.#memory = memory;
    this.#crew = crew;
    this.#batch = new Batch(model.words, model.events);
    this.#table = new StateTable(memory, this.#batch);
    this.#canonical = symmetry ? model.canonical : undefined;
    this.tallies = model.properties.map(tallyOf);
  }

  /** Places of the level. */
  get level(): number {
    return this.#levelEnd - this.#levelStart;
  }

  /** Places of the level that nobody has begun to expand, and those of this worker's share that it has not. */
  get waiting(): number {
    const left = this.#levelEnd - Atomics.load(this.#memory.control, CURSOR);
    return Math.max(0, left) + this.#shareEnd - this.#cursor;
  }

  /** Begins with the initial state; one worker does this. @returns false if there is no room, or a property threw */
  begin(): boolean {
    const batch = this.#batch;
    this.#model.initial(batch.states, 0);
    batch.count = 1;
    // It is reached from itself: the first place is 1.
    batch.keepNew(0, 1);
    return this.#add(0);
  }

  /** This worker adds nothing more to the level that was found. */
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
   * @returns false if there is no room for their successors, or a property threw
   */
  expandSome(): boolean {
    const batch = this.#batch;
    batch.count = 0;
    if (this.#crew.isCalled) this.grow();
    try {
      while (batch.count < TOGETHER && (this.#cursor < this.#shareEnd || this.#takeShare())) {
        if (this.#memory.parents[this.#cursor] !== 0) this.#expand(this.#cursor);
        this.#cursor++;
      }
    } catch (error) {
      this.#catch(error, this.#cursor);
      return false;
    }
    this.#standFor();
    return this.#add(this.depth + 1);
  }

  /** Puts the successors of the state at this place into the batch. */
  #expand(place: number): void {
    const batch = this.#batch;
    const { states, first } = this.#table.level;
    const from = batch.count;
    this.#model.expand(states, (place - first) * this.#memory.words, batch);
    this.transitions += batch.count - from;
    for (let i = from; i < batch.count; i++) {
      if (batch.violations[i] !== 0) this.#note(batch.violations[i]!, this.depth + 1, place, batch.events[i]);
    }
    batch.keepNew(from, place);
  }

  #takeShare(): boolean {
    const from = Atomics.add(this.#memory.control, CURSOR, this.#share);
    if (from >= this.#levelEnd) return false;
    this.#cursor = from;
    this.#shareEnd = Math.min(from + this.#share, this.#levelEnd);
    return true;
  }

  /** Under symmetry, replaces states by those that stand for them. */
  #standFor(): void {
    const canonical = this.#canonical;
    if (canonical === undefined) return;
    const batch = this.#batch;
    for (let i = 0; i < batch.count; i++) canonical(batch.states, i * this.#memory.words);
    batch.hash();
  }

  /** Adds the batch, reached at this depth. @returns false if there is no room, or a property threw */
  #add(depth: number): boolean {
    const batch = this.#batch;
    for (let from = 0; from < batch.count; ) {
      const room = this.#makeRoom(batch.count - from);
      if (room === 0) return false;
      const to = Math.min(from + room, batch.count);
      const place = this.#place;
      this.#place = this.#table.add(from, to, place);
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
   * Claims places for this many states or some of them, and grows the table if it would get too full.
   *
   * @returns for how many; 0 if the memory is full
   */
  #makeRoom(states: number): number {
    const { control, capacity, capacityOfLevel } = this.#memory;
    const { workers } = this.#crew;
    // A single worker claims adjoining places. Of several, each uses up its places first: few of the states will be new.
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

  /** Doubles the slots, and fills them again from the log: every worker does its part. */
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
