// One of several workers: level by level each takes shares of it, and all wait for one another before the next. Which states,
// transitions and levels there are does not depend on how many workers there are, nor on their timing.

import type { Model } from "../model.ts";
import type { Modules } from "../wasm/engine.ts";
import type { Crew } from "./crew.ts";
import type { HowFar } from "./explore.ts";
import { bytesOf, type HandedMemory, type Manner, type StateMemory, takeOver } from "./memory.ts";
import { Part } from "./part.ts";
import type { Bounds, Stop } from "./result.ts";

/** Shared words: a wish to stop, a wish to grow, who is at a meeting, which meeting it is, who is through with the level, news of these. */
const WISH = 0;
const CALL = 1;
const PRESENT = 2;
const MEETING = 3;
const THROUGH = 4;
const NEWS = 5;
const OF_WORKERS = 6;
/** Of a worker: what it thinks at the end of a level, and how far it is. */
const VERDICT = 0;
const STATES = 1;
const DEPTH = 2;
const LEVEL = 3;
const WAITING = 4;
/** States that it had found before this level was expanded. */
const KNOWN = 5;
/** Two words, because they exceed 32 bits. */
const TRANSITIONS = 6;
const WORDS_OF_WORKER = 16;

const STOPS: readonly Stop[] = ["interrupted", "memory", "threw", "states", "depth", "found"];

/** What all workers of an exploration share. */
export interface Shared {
  readonly control: Int32Array;
  readonly memory: HandedMemory;
}

export const controlWords = (workers: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(4 * (OF_WORKERS + WORDS_OF_WORKER * workers)));

/** Asks all workers to stop at the next occasion. */
export function wishToStop(control: Int32Array, why: Stop): void {
  Atomics.compareExchange(control, WISH, 0, 1 + STOPS.indexOf(why));
}

const LARGE = 2 ** 30;

/** How far all are, as they said last. */
export function progressOf(control: Int32Array, memory: StateMemory, workers: number): HowFar {
  const of = (worker: number, word: number): number => control[OF_WORKERS + WORDS_OF_WORKER * worker + word]!;
  const numbers = Array.from({ length: workers }, (_, n) => n);
  const sum = (word: number): number => numbers.reduce((total, n) => total + of(n, word), 0);
  const most = (word: number): number => Math.max(...numbers.map((n) => of(n, word)));
  const states = sum(STATES);
  return {
    states,
    transitions: sum(TRANSITIONS) * LARGE + sum(TRANSITIONS + 1),
    depth: most(DEPTH),
    level: most(LEVEL),
    waiting: Math.min(...numbers.map((n) => of(n, WAITING))),
    frontier: Math.max(0, states - sum(KNOWN)),
    bytes: bytesOf(memory),
  };
}

export class Together implements Crew {
  readonly part: Part;
  readonly workers: number;
  readonly me: number;
  readonly #bounds: Bounds;
  readonly #control: Int32Array;
  readonly #mine: number;
  #stop: Stop | undefined;

  constructor(
    model: Model,
    manner: Manner,
    bounds: Bounds,
    { control, memory }: Shared,
    me: number,
    modules?: Modules,
  ) {
    this.workers = manner.workers;
    this.me = me;
    this.part = new Part(model, manner.symmetry, takeOver(memory), this, modules);
    this.#bounds = bounds;
    this.#control = control;
    this.#mine = OF_WORKERS + WORDS_OF_WORKER * me;
  }

  /** Explores with the others until all is seen or all stop. @returns why they stopped */
  run(): Stop | undefined {
    const { part } = this;
    if (this.me === 0 && !part.begin()) this.#giveUp();
    for (let level = 0; ; level++) {
      this.#endLevel(level + 1);
      part.depth = level;
      part.turn();
      if (this.#isLast()) return this.#stop;
      while (part.waiting > 0 && !this.#isOver()) {
        if (!part.expandSome()) this.#giveUp();
        this.#tell();
      }
    }
  }

  get isCalled(): boolean {
    return Atomics.load(this.#control, CALL) !== 0;
  }

  call(): void {
    Atomics.store(this.#control, CALL, 1);
    this.#news();
  }

  answered(): void {
    Atomics.store(this.#control, CALL, 0);
  }

  meet(): void {
    const control = this.#control;
    const meeting = Atomics.load(control, MEETING);
    if (Atomics.add(control, PRESENT, 1) === this.workers - 1) {
      Atomics.store(control, PRESENT, 0);
      Atomics.add(control, MEETING, 1);
      Atomics.notify(control, MEETING);
    }
    while (Atomics.load(control, MEETING) === meeting) Atomics.wait(control, MEETING, meeting);
  }

  #news(): void {
    Atomics.add(this.#control, NEWS, 1);
    Atomics.notify(this.#control, NEWS);
  }

  /** Waits until all are through with so many levels, and grows the table with those that are not. */
  #endLevel(levels: number): void {
    const control = this.#control;
    this.part.finish();
    Atomics.add(control, THROUGH, 1);
    this.#news();
    for (;;) {
      const news = Atomics.load(control, NEWS);
      if (this.isCalled) this.part.grow();
      else if (Atomics.load(control, THROUGH) >= levels * this.workers) break;
      else Atomics.wait(control, NEWS, news);
    }
  }

  #isOver(): boolean {
    return Atomics.load(this.#control, WISH) !== 0;
  }

  #giveUp(): void {
    wishToStop(this.#control, this.part.thrown ? "threw" : "memory");
  }

  #tell(): void {
    const { states, transitions, depth, waiting, level } = this.part;
    const control = this.#control;
    const mine = this.#mine;
    control[mine + STATES] = states;
    control[mine + DEPTH] = depth;
    control[mine + LEVEL] = level;
    control[mine + WAITING] = waiting;
    control[mine + TRANSITIONS] = Math.floor(transitions / LARGE);
    control[mine + TRANSITIONS + 1] = transitions % LARGE;
    const bound = this.#bounds.states;
    if (bound !== undefined && this.#sum(STATES) >= bound) wishToStop(control, "states");
  }

  #sum(word: number): number {
    let sum = 0;
    for (let n = 0; n < this.workers; n++) sum += Atomics.load(this.#control, OF_WORKERS + WORDS_OF_WORKER * n + word);
    return sum;
  }

  /**
   * All workers look at the same numbers before a level, so all come to the same end. A wish to stop counts as each has seen it
   * before the meeting: one that comes later waits for the next level.
   *
   * @returns whether the exploration is over
   */
  #isLast(): boolean {
    const { part } = this;
    const control = this.#control;
    const mine = this.#mine;
    this.#tell();
    const found = this.#bounds.first === true && part.tallies.some(({ shortest }) => shortest !== null);
    Atomics.store(control, mine + VERDICT, Atomics.load(control, WISH) || (found ? 1 + STOPS.indexOf("found") : 0));
    this.meet();
    let verdict = 0;
    for (let n = 0; n < this.workers; n++) {
      verdict = Math.max(verdict, Atomics.load(control, OF_WORKERS + WORDS_OF_WORKER * n + VERDICT));
    }
    const isEmpty = this.#sum(STATES) === this.#sum(KNOWN);
    // Nobody writes the next numbers before all have read these.
    this.meet();
    Atomics.store(control, mine + KNOWN, part.states);
    const isWhole = verdict === 0 || STOPS[verdict - 1] === "found";
    // A level that was left early, or that has no states, does not count.
    if (part.depth > 0 && (isEmpty || !isWhole)) part.depth--;
    if (isEmpty && isWhole) return true;
    const { depth } = this.#bounds;
    if (verdict !== 0) this.#stop = STOPS[verdict - 1];
    else if (depth !== undefined && part.depth >= depth) this.#stop = "depth";
    return this.#stop !== undefined;
  }
}
