// Breadth-first exploration by one worker, alone or with others, in slices, so that the caller can report progress and stop it.
// Level by level each worker takes shares, and all wait for one another before the next. Which states, transitions and levels there are
// does not depend on how many workers there are, nor on their timing.
import type { Model } from "../model.ts";
import { Crew, controlWords, type Stop } from "./crew.ts";
import { type Bounds, type ExploreResult, type PartReport, resultOf } from "./explore-result.ts";
import { Part } from "./part.ts";
import { bytesOf, type HandedMemory, type Manner, reserveMemory, type StateMemory } from "./state-memory.ts";

/** What all workers of an exploration share. */
export interface Shared {
  readonly control: Int32Array;
  readonly memory: HandedMemory;
}

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

/** How far all workers are, as they last told. */
export function howFar(crew: Crew, memory: StateMemory): HowFar {
  const states = crew.sum("states");
  return {
    states,
    transitions: crew.transitions,
    depth: Math.max(...crew.told("depth")),
    level: Math.max(...crew.told("level")),
    waiting: Math.min(...crew.told("waiting")),
    frontier: Math.max(0, states - crew.sum("known")),
    bytes: bytesOf(memory),
  };
}

export class Exploration {
  readonly #part: Part;
  readonly #bounds: Bounds;
  readonly #crew: Crew;
  #levels = 0;
  isDone = false;
  /** Why it ended before everything was seen. */
  stopped: Stop | undefined;

  constructor(model: Model, symmetry: boolean, bounds: Bounds, memory: StateMemory, crew: Crew) {
    this.#bounds = bounds;
    this.#crew = crew;
    this.#part = new Part(model, symmetry, memory, crew);
    if (crew.me === 0 && !this.#part.begin()) this.#giveUp();
    this.#nextLevel();
  }

  get report(): PartReport {
    const { states, transitions, depth, tallies, thrown } = this.#part;
    return { states, transitions, depth, tallies, thrown };
  }

  /** Expands this many batches, or fewer if the exploration ends. */
  run(batches: number): void {
    for (let n = 0; n < batches && !this.isDone; n++) {
      if (this.#crew.isStopping || this.#part.waiting === 0) this.#nextLevel();
      else this.#expandSome();
    }
  }

  #expandSome(): void {
    if (!this.#part.expandSome()) this.#giveUp();
    this.#tell();
    const { states } = this.#bounds;
    if (states !== undefined && this.#crew.sum("states") >= states) this.#crew.wish("states");
  }

  #giveUp(): void {
    this.#crew.wish(this.#part.thrown ? "threw" : "memory");
  }

  #tell(): void {
    const { states, transitions, depth, waiting, level } = this.#part;
    const crew = this.#crew;
    crew.tell("states", states);
    crew.tell("depth", depth);
    crew.tell("level", level);
    crew.tell("waiting", waiting);
    crew.tellTransitions(transitions);
  }

  /**
   * Ends a level together with all others. They look at the same numbers, so all decide the same. A wish to stop counts if it was seen
   * before the meeting; a later one counts at the end of the next level.
   */
  #nextLevel(): void {
    const part = this.#part;
    const crew = this.#crew;
    part.finish();
    crew.finish(this.#levels + 1, () => part.grow());
    part.depth = this.#levels++;
    part.turn();
    this.#tell();
    const found = this.#bounds.first === true && part.tallies.some(({ shortest }) => shortest !== null);
    crew.tellVerdict(found ? "found" : undefined);
    crew.meet();
    const { verdict } = crew;
    const isEmpty = crew.sum("states") === crew.sum("known");
    // Nobody writes the next numbers before all have read these.
    crew.meet();
    crew.tell("known", part.states);
    const isWhole = verdict === undefined || verdict === "found";
    // A level that was left early, or that has no states, does not count.
    if (part.depth > 0 && (isEmpty || !isWhole)) part.depth--;
    const { depth } = this.#bounds;
    if (!(isEmpty && isWhole))
      this.stopped = verdict ?? (depth !== undefined && part.depth >= depth ? "depth" : undefined);
    this.isDone = isEmpty || this.stopped !== undefined;
  }
}

const DEFAULT_MANNER = { symmetry: false, fingerprint: false, bytes: 2 ** 30 };

/** Explores a model in one go, without other workers. @throws RangeError if this much memory cannot be reserved */
export function explore(
  model: Model,
  given: Partial<Omit<Manner, "workers">> = {},
  bounds: Bounds = {},
): ExploreResult {
  const manner = { ...DEFAULT_MANNER, ...given, workers: 1 };
  const memory = reserveMemory(model, manner);
  const exploration = new Exploration(model, manner.symmetry, bounds, memory, new Crew(controlWords(1), 1));
  while (!exploration.isDone) exploration.run(1024);
  return resultOf(model, manner, [exploration.report], memory, exploration.stopped);
}
