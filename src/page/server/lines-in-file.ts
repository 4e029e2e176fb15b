// A history in a file without a name: a long one needs no memory, and its space is freed when the process ends, however it ends.
import { closeSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import { writeAll } from "../../guards/safe-open.ts";
import { openUnnamed } from "../../guards/unnamed-file.ts";
import { codeOf } from "../../guards/user-error.ts";
import type { Growing } from "./page-source.ts";
import { WebError } from "./web-error.ts";

export class LinesInFile implements Growing {
  readonly start = 0;
  readonly header: Buffer;
  readonly #fd: number;
  readonly #listeners = new Set<() => void>();
  #end = 0;
  #isLost = false;

  /**
   * @param header without its newline
   * @throws WebError there is no space for it
   */
  constructor(header: string) {
    this.header = Buffer.from(`${header}\n`);
    try {
      this.#fd = openUnnamed();
    } catch (error) {
      const code = codeOf(error);
      throw new WebError(`history cannot be kept in ${tmpdir()}: ${code}; set TMPDIR to another directory`);
    }
  }

  get end(): number {
    return this.#end;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** @param lines whole lines, with their newlines */
  append(lines: string): void {
    const bytes = Buffer.from(lines);
    try {
      if (!this.#isLost) writeAll(this.#fd, bytes);
    } catch {
      this.lose();
    }
    if (!this.#isLost) this.#end += bytes.length;
    for (const grown of this.#listeners) grown();
  }

  /** Nothing more will come, although something happens. */
  lose(): void {
    this.#isLost = true;
    for (const grown of this.#listeners) grown();
  }

  read(from: number, most: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(most, this.#end - from)));
    return buffer.subarray(0, buffer.length === 0 ? 0 : readSync(this.#fd, buffer, 0, buffer.length, from));
  }

  listen(grown: () => void): () => void {
    this.#listeners.add(grown);
    return () => this.#listeners.delete(grown);
  }

  close(): void {
    this.lose();
    closeSync(this.#fd);
  }
}
