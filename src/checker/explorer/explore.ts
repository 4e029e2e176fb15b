// Breadth-first exploration by one worker, in slices, so that whoever runs it can tell how far it is and stop it.
import type { Model } from "../model.ts";
import { bytesOf, type Manner, reserveMemory, type StateMemory } from "./memory.ts";
import { Part } from "./part.ts";
import { type Bounds, type ExploreResult, resultOf, type Stop } from "./result.ts";

export interface HowFar {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** States of this level, and those of them that wait to be expanded. */
  readonly level: number;
  readonly waiting: number;
  /** States of the next level so far. */
  readonly frontier: number;
  readonly bytes: number;
}

export class Exploration {
  readonly #model: Model;
  readonly #manner: Manner;
  readonly #bounds: Bounds;
  readonly #memory: StateMemory;
  readonly #part: Part;
  #stopped: Stop | undefined;
  #isDone = false;
  /** States up to this level. */
  #known = 0;

  /** @throws RangeError if there is not so much memory to reserve */
  constructor(model: Model, manner: Omit<Manner, "workers">, bounds: Bounds, memory?: StateMemory) {
    this.#model = model;
    this.#manner = { ...manner, workers: 1 };
    this.#bounds = bounds;
    this.#memory = memory ?? reserveMemory(model, this.#manner);
    this.#part = new Part(model, manner.symmetry, this.#memory);
    if (!this.#part.begin()) this.#giveUp();
    else {
      this.#turn();
      this.#checkLevel();
    }
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  howFar(): HowFar {
    const { states, transitions, depth, level, waiting } = this.#part;
    const frontier = states - this.#known;
    return { states, transitions, depth, level, waiting, frontier, bytes: bytesOf(this.#memory) };
  }

  stop(why: Stop): void {
    this.#stopped ??= why;
    this.#isDone = true;
  }

  /** Expands so many batches, or fewer where the exploration ends. */
  run(batches: number): void {
    for (let n = 0; n < batches && !this.#isDone; n++) this.#runBatch();
  }

  #runBatch(): void {
    const part = this.#part;
    const { states } = this.#bounds;
    if (part.waiting === 0 && !this.#nextLevel()) return;
    if (!part.expandSome()) this.#giveUp();
    else if (states !== undefined && part.states >= states) this.stop("states");
  }

  #giveUp(): void {
    this.stop(this.#part.thrown ? "threw" : "memory");
  }

  #turn(): number {
    this.#part.finish();
    this.#known = this.#part.states;
    return this.#part.turn();
  }

  #nextLevel(): boolean {
    if (this.#turn() === 0) {
      this.#isDone = true;
      return false;
    }
    this.#part.depth++;
    this.#checkLevel();
    return !this.#isDone;
  }

  /** Whether a level that has been reached is still to be expanded. */
  #checkLevel(): void {
    const { first, depth } = this.#bounds;
    const part = this.#part;
    if (first && part.tallies.some(({ shortest }) => shortest !== null)) this.stop("found");
    else if (depth !== undefined && part.depth >= depth) this.stop("depth");
  }

  result(): ExploreResult {
    return resultOf(this.#model, this.#manner, [this.#part], this.#memory, this.#stopped);
  }
}

/** Explores a model at one go. */
export function explore(
  model: Model,
  manner: Partial<Omit<Manner, "workers">> = {},
  bounds: Bounds = {},
): ExploreResult {
  const exploration = new Exploration(model, { ...DEFAULT_MANNER, ...manner }, bounds);
  while (!exploration.isDone) exploration.run(1024);
  return exploration.result();
}

const DEFAULT_MANNER = { symmetry: false, fingerprint: false, bytes: 2 ** 30 };
