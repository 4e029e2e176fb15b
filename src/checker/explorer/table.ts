// What is asked of a table of known states, whatever it keeps of them. All workers share one: they add to it at the same time, and
// only growing is done together. Next: pair-table.ts, word-table.ts, fingerprint-table.ts; the memory is in memory.ts.
import type { StateBatch } from "../model.ts";

/** Whole states of a level: the one at place n begins at (n - first) * words. */
export interface LevelStates {
  readonly states: Int32Array;
  readonly first: number;
}

export interface StateTable {
  /** The level that is expanded, and the one that is found. */
  readonly level: LevelStates;
  readonly next: LevelStates;
  /**
   * Adds those of numbers from..to-1 of its batch that are new, in their order, to the log at `place` and behind: there is room for
   * all.
   *
   * @returns the place behind the last
   */
  addSome(from: number, to: number, place: number): number;
  /** What was found becomes the level; the next one begins at this place. */
  turn(first: number): void;
  /** Empties some of the slots that there will be with so many bits. */
  clear(from: number, to: number): void;
  /** Puts what the log has at these places into the slots, which were emptied. */
  refill(bits: number, from: number, to: number): void;
}

/** Successors that are looked up together: enough for their misses of the cache to overlap, few enough to stay in it themselves. */
export const TOGETHER = 512;

export const batchOf = (words: number, room: number, take: (length: number) => Int32Array): StateBatch => ({
  states: take(words * room),
  parents: take(room),
  hashes: take(room),
  count: 0,
});
