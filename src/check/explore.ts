// Breadth-first exploration by one worker, in slices, so that whoever runs it can tell how far it is and stop it.
import { type Bounds, type ExploreResult, resultOf, type Stop } from "./explore-result.ts";
import { type Manner, Shard } from "./explore-shard.ts";
import type { Model } from "./model.ts";

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
  readonly #shard: Shard;
  #stopped: Stop | undefined;
  #isDone = false;

  constructor(model: Model, manner: Omit<Manner, "workers">, bounds: Bounds) {
    this.#model = model;
    this.#manner = { ...manner, workers: 1 };
    this.#bounds = bounds;
    this.#shard = new Shard(model, this.#manner, 0);
    if (!this.#shard.begin()) this.stop(this.#shard.thrown ? "threw" : "memory");
    else {
      this.#shard.turn();
      this.#checkLevel();
    }
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  howFar(): HowFar {
    const { table, transitions, depth, level, waiting, frontier } = this.#shard;
    return { states: table.count, transitions, depth, level, waiting, frontier, bytes: table.bytes };
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
    const shard = this.#shard;
    const { states } = this.#bounds;
    if (shard.waiting === 0 && !this.#nextLevel()) return;
    if (!shard.expandSome()) this.stop(shard.thrown ? "threw" : "memory");
    else if (states !== undefined && shard.table.count >= states) this.stop("states");
  }

  #nextLevel(): boolean {
    const shard = this.#shard;
    if (shard.turn() === 0) {
      this.#isDone = true;
      return false;
    }
    shard.depth++;
    this.#checkLevel();
    return !this.#isDone;
  }

  /** Whether a level that has been reached is still to be expanded. */
  #checkLevel(): void {
    const { first, depth } = this.#bounds;
    const shard = this.#shard;
    if (first && shard.tallies.some(({ shortest }) => shortest !== null)) this.stop("found");
    else if (depth !== undefined && shard.depth >= depth) this.stop("depth");
  }

  result(): ExploreResult {
    const { table, transitions, depth, tallies, thrown } = this.#shard;
    const report = { states: table.count, transitions, depth, tallies, thrown, bytes: table.bytes };
    return resultOf(this.#model, this.#manner, [report], [table.log], this.#stopped);
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
