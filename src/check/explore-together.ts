// One of several workers: expands its own states level by level, sends those of others to them, adds what they send. Which states,
// transitions and levels there are does not depend on how many workers there are, nor on their timing.

import type { HowFar } from "./explore.ts";
import type { Bounds, Stop } from "./explore-result.ts";
import { RingReader, RingWriter } from "./explore-ring.ts";
import { type Manner, type Outbox, Shard } from "./explore-shard.ts";
import type { StateBatch } from "./explore-table.ts";
import type { Model } from "./model.ts";

/** Shared words: one for a wish to stop, two counters to wait at, and some for each worker. */
const WISH = 0;
const ALL_SENT = 1;
const ALL_COUNTED = 2;
const OF_WORKERS = 4;
/** Of a worker: what it has found out at the end of a level, and how far it is. */
const FRONTIER = 0;
const VERDICT = 1;
const STATES = 2;
const DEPTH = 3;
const WAITING = 4;
const NEXT = 5;
const LEVEL = 10;
/** Two words each, because they exceed 32 bits. */
const TRANSITIONS = 6;
const BYTES = 8;
const WORDS_OF_WORKER = 16;

const STOPS: readonly Stop[] = ["interrupted", "memory", "threw", "states", "depth", "found"];

/** What all workers of an exploration share. */
export interface Shared {
  readonly control: SharedArrayBuffer;
  /** From worker i to worker j at i * workers + j. */
  readonly rings: readonly SharedArrayBuffer[];
}

export const controlMemory = (workers: number): SharedArrayBuffer =>
  new SharedArrayBuffer(4 * (OF_WORKERS + WORDS_OF_WORKER * workers));

/** Asks all workers to stop at the next occasion. */
export function wishToStop(control: SharedArrayBuffer, why: Stop): void {
  Atomics.compareExchange(new Int32Array(control), WISH, 0, 1 + STOPS.indexOf(why));
}

const LARGE = 2 ** 30;

/** How far a worker is, as it said last. */
export function progressOf(control: SharedArrayBuffer, worker: number): HowFar {
  const words = new Int32Array(control, 4 * (OF_WORKERS + WORDS_OF_WORKER * worker), WORDS_OF_WORKER);
  const large = (at: number): number => words[at]! * LARGE + words[at + 1]!;
  return {
    states: words[STATES]!,
    transitions: large(TRANSITIONS),
    depth: words[DEPTH]!,
    level: words[LEVEL]!,
    waiting: words[WAITING]!,
    frontier: words[NEXT]!,
    bytes: large(BYTES),
  };
}

export class Together implements Outbox {
  readonly shard: Shard;
  readonly #bounds: Bounds;
  readonly #workers: number;
  readonly #me: number;
  readonly #control: Int32Array;
  readonly #writers: readonly RingWriter[];
  readonly #readers: readonly RingReader[];
  #stop: Stop | undefined;

  constructor(model: Model, manner: Manner, bounds: Bounds, { control, rings }: Shared, me: number) {
    const { workers } = manner;
    this.shard = new Shard(model, manner, me);
    this.#bounds = bounds;
    this.#workers = workers;
    this.#me = me;
    this.#control = new Int32Array(control);
    const others = Array.from({ length: workers }, (_, n) => n).filter((n) => n !== me);
    const ring = (from: number, to: number) => rings[from * workers + to]!;
    const writers: RingWriter[] = [];
    for (const to of others) writers[to] = new RingWriter(ring(me, to), model.words);
    this.#writers = writers;
    this.#readers = others.map((from) => new RingReader(ring(from, me), model.words));
  }

  /** Explores with the others until all is seen or all stop. @returns why they stopped */
  run(): Stop | undefined {
    const { shard } = this;
    if (!shard.begin()) this.#giveUp();
    for (let level = 1; ; level++) {
      shard.turn();
      if (this.#agree(level)) return this.#stop;
      while (shard.waiting > 0 && !this.#isOver()) {
        this.#receive();
        if (!shard.expandSome(this)) this.#giveUp();
        this.#tell();
      }
      for (const writer of this.#writers) writer?.publish();
      this.#arrive(ALL_SENT);
      const all = level * this.#workers;
      while (Atomics.load(this.#control, ALL_SENT) < all) {
        if (!this.#receive()) Atomics.wait(this.#control, ALL_SENT, Atomics.load(this.#control, ALL_SENT), 0.05);
      }
      this.#receive();
      // A level that was left early does not count.
      if (!this.#isOver()) shard.depth++;
    }
  }

  batchFor(owner: number): StateBatch {
    const writer = this.#writers[owner]!;
    for (;;) {
      const batch = writer.batch();
      if (batch !== undefined) return batch;
      // Whoever waits goes on reading, so two that wait for one another come free.
      this.#receive();
    }
  }

  /** Adds what others sent; once all is over, it is only taken away. @returns whether there was something */
  #receive(): boolean {
    let some = false;
    for (const reader of this.#readers) {
      for (let batch = reader.take(); batch !== undefined; batch = reader.take()) {
        some = true;
        if (!this.#isOver() && !this.shard.add(batch, this.shard.depth + 1)) this.#giveUp();
        reader.done();
      }
    }
    return some;
  }

  #isOver(): boolean {
    return Atomics.load(this.#control, WISH) !== 0;
  }

  #giveUp(): void {
    const why = this.shard.thrown ? "threw" : "memory";
    Atomics.compareExchange(this.#control, WISH, 0, 1 + STOPS.indexOf(why));
  }

  #tell(): void {
    const { table, transitions, depth, waiting } = this.shard;
    const at = OF_WORKERS + WORDS_OF_WORKER * this.#me;
    const control = this.#control;
    control[at + STATES] = table.count;
    control[at + DEPTH] = depth;
    control[at + WAITING] = waiting;
    control[at + NEXT] = this.shard.frontier;
    control[at + LEVEL] = this.shard.level;
    control[at + TRANSITIONS] = Math.floor(transitions / LARGE);
    control[at + TRANSITIONS + 1] = transitions % LARGE;
    control[at + BYTES] = Math.floor(table.bytes / LARGE);
    control[at + BYTES + 1] = table.bytes % LARGE;
    const { states } = this.#bounds;
    if (states === undefined) return;
    let all = 0;
    for (let n = 0; n < this.#workers; n++) all += control[OF_WORKERS + WORDS_OF_WORKER * n + STATES]!;
    if (all >= states) Atomics.compareExchange(control, WISH, 0, 1 + STOPS.indexOf("states"));
  }

  /** One of several counters that all workers wait at. */
  #arrive(counter: number): void {
    Atomics.add(this.#control, counter, 1);
    Atomics.notify(this.#control, counter);
  }

  /**
   * All workers look at the same numbers before a level, so all come to the same end. A wish to stop counts as each has seen it
   * before it arrives: one that comes later waits for the next level.
   *
   * @returns whether the exploration is over
   */
  #agree(level: number): boolean {
    const { shard } = this;
    const control = this.#control;
    const mine = OF_WORKERS + WORDS_OF_WORKER * this.#me;
    this.#tell();
    const found = this.#bounds.first === true && shard.tallies.some(({ shortest }) => shortest !== null);
    Atomics.store(control, mine + FRONTIER, shard.waiting);
    Atomics.store(control, mine + VERDICT, Atomics.load(control, WISH) || (found ? 1 + STOPS.indexOf("found") : 0));
    this.#arrive(ALL_COUNTED);
    const all = (2 * level - 1) * this.#workers;
    this.#waitFor(ALL_COUNTED, all);
    let frontier = 0;
    let verdict = 0;
    for (let n = 0; n < this.#workers; n++) {
      const at = OF_WORKERS + WORDS_OF_WORKER * n;
      frontier += Atomics.load(control, at + FRONTIER);
      verdict = Math.max(verdict, Atomics.load(control, at + VERDICT));
    }
    // Nobody writes the next numbers before all have read these.
    this.#arrive(ALL_COUNTED);
    this.#waitFor(ALL_COUNTED, all + this.#workers);
    const isWhole = verdict === 0 || STOPS[verdict - 1] === "found";
    if (frontier === 0 && isWhole) {
      shard.depth = Math.max(0, shard.depth - 1);
      return true;
    }
    const { depth } = this.#bounds;
    if (verdict !== 0) this.#stop = STOPS[verdict - 1];
    else if (depth !== undefined && shard.depth >= depth) this.#stop = "depth";
    return this.#stop !== undefined;
  }

  #waitFor(counter: number, value: number): void {
    for (let now = Atomics.load(this.#control, counter); now < value; now = Atomics.load(this.#control, counter)) {
      Atomics.wait(this.#control, counter, now, 10);
    }
  }
}
