// A history in memory: a file that was read, or what was seen of a machine lately. With a bound, only the latest lines are kept.
import { must } from "../../system/ap/assert.ts";
import type { Growing } from "./page-source.ts";

export class LinesInMemory implements Growing {
  readonly header: Buffer;
  readonly #bound: number;
  readonly #listeners = new Set<() => void>();
  #start = 0;
  #lines: Buffer[] = [];
  /** Where the line of the same number begins. */
  #places: number[] = [];
  #end = 0;

  /**
   * @param header without its newline
   * @param bound bytes beyond which the oldest lines are dropped; the last one stays
   */
  constructor(header: string, bound = Number.POSITIVE_INFINITY) {
    this.header = Buffer.from(`${header}\n`);
    this.#bound = bound;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** @param line without its newline */
  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    this.#lines.push(bytes);
    this.#places.push(this.#end);
    this.#end += bytes.length;
    this.#forget();
    for (const grown of this.#listeners) grown();
  }

  /** Half of what may be kept is dropped at once, so that this is rare. */
  #forget(): void {
    if (this.#end - this.#start <= this.#bound) return;
    const kept = this.#places.findIndex((place) => this.#end - place <= this.#bound / 2);
    const count = kept < 0 ? this.#lines.length - 1 : kept;
    this.#lines = this.#lines.slice(count);
    this.#places = this.#places.slice(count);
    this.#start = must(this.#places[0]);
  }

  read(from: number, most: number): Buffer {
    const parts: Buffer[] = [];
    let length = 0;
    for (let n = this.#lineAt(from); n < this.#lines.length && length < most; n++) {
      const line = must(this.#lines[n]);
      const part = line.subarray(Math.max(0, from - must(this.#places[n])));
      parts.push(part.subarray(0, most - length));
      length += part.length;
    }
    return Buffer.concat(parts);
  }

  /** The line that holds a place. */
  #lineAt(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (must(this.#places[middle]) <= place) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  listen(grown: () => void): () => void {
    this.#listeners.add(grown);
    return () => this.#listeners.delete(grown);
  }
}
