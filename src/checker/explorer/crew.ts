// What workers need from each other: that all end a level together, that all grow the table together, that one can make
// all stop, and what each has found so far. It is kept in words that all share; a single worker never waits.

/** Shared words: a wish to stop, a wish to grow, how many are at a meeting, its number, how often levels were finished, news of these. */
const WISH = 0;
const CALL = 1;
const PRESENT = 2;
const MEETING = 3;
const FINISHED = 4;
const NEWS = 5;
const OF_WORKERS = 6;

/** Numbers that each worker tells the others, by their places after OF_WORKERS. */
const TOLD = { verdict: 0, states: 1, known: 2, depth: 3, level: 4, waiting: 5, transitions: 6 } as const;
type Figure = Exclude<keyof typeof TOLD, "transitions">;
const WORDS_OF_WORKER = 16;

/** Transitions exceed 32 bits, so they take two words. */
const LARGE = 2 ** 30;

const STOPS = ["found", "depth", "states", "interrupted", "memory", "threw"] as const;

/** Why an exploration ended before everything was seen. */
export type Stop = (typeof STOPS)[number];

export const controlWords = (workers: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(4 * (OF_WORKERS + WORDS_OF_WORKER * workers)));

export class Crew {
  readonly workers: number;
  /** Number of this worker, from 0. */
  readonly me: number;
  readonly #control: Int32Array;

  constructor(control: Int32Array, workers: number, me = 0) {
    this.#control = control;
    this.workers = workers;
    this.me = me;
  }

  /** Asks all workers to stop as soon as they can. */
  wish(why: Stop): void {
    Atomics.compareExchange(this.#control, WISH, 0, 1 + STOPS.indexOf(why));
  }

  get isStopping(): boolean {
    return Atomics.load(this.#control, WISH) !== 0;
  }

  /** Whether a worker wants all to grow the table. */
  get isCalled(): boolean {
    return Atomics.load(this.#control, CALL) !== 0;
  }

  call(): void {
    Atomics.store(this.#control, CALL, 1);
    this.#news();
  }

  /** The call was answered. */
  answered(): void {
    Atomics.store(this.#control, CALL, 0);
  }

  #news(): void {
    Atomics.add(this.#control, NEWS, 1);
    Atomics.notify(this.#control, NEWS);
  }

  /** Waits until all workers have come to this point. */
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

  /** Waits until all have finished this many levels, and meanwhile grows the table with those that have not. */
  finish(levels: number, grow: () => void): void {
    const control = this.#control;
    Atomics.add(control, FINISHED, 1);
    this.#news();
    for (;;) {
      const news = Atomics.load(control, NEWS);
      if (this.isCalled) grow();
      else if (Atomics.load(control, FINISHED) >= levels * this.workers) return;
      else Atomics.wait(control, NEWS, news);
    }
  }

  #at(worker: number, word: number): number {
    return OF_WORKERS + WORDS_OF_WORKER * worker + word;
  }

  tell(what: Figure, number: number): void {
    Atomics.store(this.#control, this.#at(this.me, TOLD[what]), number);
  }

  tellTransitions(number: number): void {
    const at = this.#at(this.me, TOLD.transitions);
    this.#control[at] = Math.floor(number / LARGE);
    this.#control[at + 1] = number % LARGE;
  }

  /** What each worker told last. */
  told(what: Figure): readonly number[] {
    return Array.from({ length: this.workers }, (_, n) => Atomics.load(this.#control, this.#at(n, TOLD[what])));
  }

  sum(what: Figure): number {
    return this.told(what).reduce((sum, number) => sum + number, 0);
  }

  get transitions(): number {
    let sum = 0;
    for (let n = 0; n < this.workers; n++) {
      const at = this.#at(n, TOLD.transitions);
      sum += this.#control[at]! * LARGE + this.#control[at + 1]!;
    }
    return sum;
  }

  /** What this worker says at the end of a level: stop because somebody wished it, stop for this reason, or go on. */
  tellVerdict(reason: Stop | undefined): void {
    this.tell("verdict", Atomics.load(this.#control, WISH) || (reason ? 1 + STOPS.indexOf(reason) : 0));
  }

  /** What all do. Of different verdicts it is the last in STOPS, so that a level that was left early never counts as a whole one. */
  get verdict(): Stop | undefined {
    return STOPS[Math.max(...this.told("verdict")) - 1];
  }
}
