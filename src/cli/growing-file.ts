// A history in a file to which another process adds lines, such as the journal of a lab: looked at again and again.
import { fstatSync, readSync } from "node:fs";
import { withInput } from "../guards/user-files.ts";
import type { Growing } from "../page/server/page-source.ts";

/** Milliseconds between two looks. */
const AGAIN = 200;
const PIECE = 1 << 20;
const NEWLINE = 0x0a;

export class GrowingFile implements Growing {
  readonly start: number;
  readonly header: Buffer;
  readonly #file: string;
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #end: number;

  /** @throws what the file system says */
  constructor(file: string) {
    this.#file = file;
    const first = this.#piece(0, PIECE);
    this.header = first.subarray(0, first.indexOf(NEWLINE) + 1);
    this.start = this.header.length;
    this.#end = this.start;
    this.#look();
    this.#timer = setInterval(() => this.#look(), AGAIN);
  }

  get end(): number {
    return this.#end;
  }

  read(from: number, most: number): Buffer {
    return this.#piece(from, Math.max(0, Math.min(most, this.#end - from)));
  }

  listen(grown: () => void): () => void {
    this.#listeners.add(grown);
    return () => this.#listeners.delete(grown);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A line that is not written to its end is not read. */
  #look(): void {
    const before = this.#end;
    const size = withInput(this.#file, (fd) => fstatSync(fd).size);
    for (let at = before; at < size; at += PIECE) {
      const last = this.#piece(at, Math.min(PIECE, size - at)).lastIndexOf(NEWLINE);
      if (last >= 0) this.#end = at + last + 1;
    }
    if (this.#end > before) for (const grown of this.#listeners) grown();
  }

  #piece(from: number, most: number): Buffer {
    const buffer = Buffer.allocUnsafe(most);
    return withInput(this.#file, (fd) => buffer.subarray(0, most === 0 ? 0 : readSync(fd, buffer, 0, most, from)));
  }
}
