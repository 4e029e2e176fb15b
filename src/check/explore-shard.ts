// One worker's part of an exploration: the states that it keeps, the level that it expands, and what it found out about properties.
// A worker alone has all states; several split them by hash and hand one another what is not theirs. Next: explore-path.ts.
import { FingerprintTable } from "./explore-fingerprints.ts";
import { ownerOf, ownerOfPair } from "./explore-hash.ts";
import { PairTable } from "./explore-pairs.ts";
import { type Gather, gatherAll, gatherPairs } from "./explore-recent.ts";
import { RING_BATCH } from "./explore-ring.ts";
import type { StateBatch, StateTable } from "./explore-table.ts";
import { WordTable } from "./explore-words.ts";
import { type Model, PropertyThrew, Successors } from "./model.ts";

/** How to explore, apart from where to stop. */
export interface Manner {
  readonly workers: number;
  /** One state for all that are alike but for names. */
  readonly symmetry: boolean;
  /** Keep 64-bit fingerprints instead of states. */
  readonly fingerprint: boolean;
  /** Memory of each worker. */
  readonly bytes: number;
}

/** Where a property was first broken or shown. */
export interface Place {
  /** Number of the state, or of the one before the event. */
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

/** Where states of other workers go. */
export interface Outbox {
  /** A batch with room for one more; it may wait for its reader. */
  batchFor(owner: number): StateBatch;
}

/** Successors that are looked up together: enough for their misses of the cache to overlap, few enough to stay in it themselves. */
const TOGETHER = 512;

export const tallyOf = (): Tally => ({ violations: 0, shortest: null, place: undefined });

export class Shard {
  readonly table: StateTable;
  readonly tallies: readonly Tally[];
  thrown: Thrown | undefined;
  transitions = 0;
  /** Level of the states that are expanded; the initial state is level 0. */
  depth = 0;
  /** States of this level, and how many of them are expanded. */
  #levelStart = 0;
  #levelEnd = 0;
  #cursor = 0;
  readonly #model: Model;
  readonly #canonical: ((states: Int32Array, at: number) => void) | undefined;
  readonly #workers: number;
  readonly #me: number;
  readonly #successors: Successors;
  readonly #batch: StateBatch;
  readonly #gather: Gather;

  constructor(model: Model, manner: Manner, me: number) {
    const { workers, symmetry, fingerprint, bytes } = manner;
    const room = TOGETHER + model.events;
    const limits = { words: model.words, bytes, batch: Math.max(room, RING_BATCH), shared: workers > 1 };
    this.#model = model;
    this.#canonical = symmetry ? model.canonical : undefined;
    this.#workers = workers;
    this.#me = me;
    this.#successors = new Successors(model.words, model.events);
    this.#batch = { states: new Int32Array(model.words * room), parents: new Int32Array(room), count: 0 };
    this.#gather = model.words === 2 ? gatherPairs() : gatherAll;
    this.tallies = model.properties.map(tallyOf);
    if (fingerprint) this.table = new FingerprintTable(limits);
    else if (model.words === 2) this.table = new PairTable(limits);
    else this.table = new WordTable(limits);
  }

  get level(): number {
    return this.#levelEnd - this.#levelStart;
  }

  /** States of the level that still have to be expanded. */
  get waiting(): number {
    return this.#levelEnd - this.#cursor;
  }

  /** States of the next level so far. */
  get frontier(): number {
    return this.table.count - this.#levelEnd;
  }

  /** Begins with the initial state, if it is this worker's. */
  begin(): boolean {
    const states = this.#batch.states;
    this.#model.initial(states, 0);
    this.#canonical?.(states, 0);
    if (this.#workers > 1 && ownerOf(states, 0, this.#model.words, this.#workers) !== this.#me) return true;
    this.#batch.parents[0] = -1;
    this.#batch.count = 1;
    return this.add(this.#batch, 0);
  }

  /** The states found since become the level. @returns how many they are */
  turn(): number {
    this.table.turn();
    this.#levelStart = this.#levelEnd;
    this.#cursor = this.#levelEnd;
    this.#levelEnd = this.table.count;
    return this.waiting;
  }

  /**
   * Expands some states of the level.
   *
   * @returns false if there is no room for what came of them, or a property threw
   */
  expandSome(outbox?: Outbox): boolean {
    const successors = this.#successors;
    const batch = this.#batch;
    const { words } = this.#model;
    const { states, first } = this.table.level;
    const gather = this.#gather;
    const end = this.#levelEnd;
    batch.count = 0;
    let cursor = this.#cursor;
    try {
      while (cursor < end && batch.count < TOGETHER) {
        successors.count = 0;
        this.#model.expand(states, (cursor - first) * words, successors);
        const number = cursor * this.#workers + this.#me;
        if (gather(successors, number, batch) !== 0) this.#noteEvents(number);
        this.transitions += successors.count;
        cursor++;
      }
    } catch (error) {
      this.#catch(error, cursor * this.#workers + this.#me);
      return false;
    }
    this.#cursor = cursor;
    if (this.#canonical) for (let i = 0; i < batch.count; i++) this.#canonical(batch.states, i * words);
    if (outbox !== undefined) {
      if (words === 2 && this.#workers === 2) this.#sendPairs(outbox);
      else this.#sendAway(outbox);
    }
    return this.add(batch, this.depth + 1);
  }

  /** Adds states that were reached at this depth. @returns false if there is no room, or a property threw */
  add(batch: StateBatch, depth: number): boolean {
    const { table } = this;
    const before = table.count;
    if (!table.addAll(batch)) return false;
    const { states, first } = table.next;
    const { words } = this.#model;
    let n = before;
    try {
      for (; n < table.count; n++) {
        const mask = this.#model.violations(states, (n - first) * words);
        if (mask !== 0) this.#note(mask, depth, n * this.#workers + this.#me, undefined);
      }
    } catch (error) {
      this.#catch(error, n * this.#workers + this.#me);
      return false;
    }
    return true;
  }

  /** Leaves those in the batch that stay, and gives the others to their owners. */
  #sendAway(outbox: Outbox): void {
    const { states, parents, count } = this.#batch;
    const { words } = this.#model;
    const workers = this.#workers;
    const me = this.#me;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const owner = ownerOf(states, i * words, words, workers);
      if (owner === me) {
        for (let w = 0; w < words; w++) states[kept * words + w] = states[i * words + w]!;
        parents[kept++] = parents[i]!;
        continue;
      }
      const away = outbox.batchFor(owner);
      for (let w = 0; w < words; w++) away.states[away.count * words + w] = states[i * words + w]!;
      away.parents[away.count++] = parents[i]!;
    }
    this.#batch.count = kept;
  }

  /**
   * The same as sendAway, for states of two words and one other worker: each is written to where it would stay and to where it would go, and one of
   * the two counts. Whose a state is cannot be foreseen, so a branch would be guessed wrong for every second one.
   */
  #sendPairs(outbox: Outbox): void {
    const { states, parents, count } = this.#batch;
    const me = this.#me;
    let kept = 0;
    for (let i = 0; i < count; ) {
      const away = outbox.batchFor(1 - me);
      const { states: awayStates, parents: awayParents } = away;
      let sent = away.count;
      for (const end = Math.min(count, i + RING_BATCH - sent); i < end; i++) {
        const low = states[2 * i]!;
        const high = states[2 * i + 1]!;
        const parent = parents[i]!;
        states[2 * kept] = low;
        states[2 * kept + 1] = high;
        parents[kept] = parent;
        awayStates[2 * sent] = low;
        awayStates[2 * sent + 1] = high;
        awayParents[sent] = parent;
        const goes = ownerOfPair(high, 2) ^ me;
        sent += goes;
        kept += 1 - goes;
      }
      away.count = sent;
    }
    this.#batch.count = kept;
  }

  #noteEvents(state: number): void {
    const { violations, events, count } = this.#successors;
    for (let i = 0; i < count; i++) {
      if (violations[i] !== 0) this.#note(violations[i]!, this.depth + 1, state, events[i]!);
    }
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
