// What a server shows: a history that may grow, and a way to add to it. lab-source.ts, watched-source.ts and file-source.ts make them.
import type { SourceInfo } from "../protocol/protocol.ts";

export interface PageSource {
  readonly info: Omit<SourceInfo, "token">;
  readonly history: Growing;
  /** Carry out an operation, given as one line of JSON. Undefined: there is nothing to be done here. */
  readonly operate?: (line: string) => Promise<Operated>;
  close(): void;
}

/** What became of an operation: an answer, or a sentence why it is none. */
export type Operated = { readonly answer: object } | { readonly error: string };

/** Lines of text that are only ever added to. Whoever reads them keeps a place in them, and nothing is kept for who reads slowly. */
export interface Growing {
  /** Where the first line that is still kept begins. The header is kept always. */
  readonly start: number;
  /** Where the text ends: whole lines. */
  readonly end: number;
  /** Something has happened that is not in it, and nothing more will come. */
  readonly isLost?: boolean;
  /** The header, with the end of its line. */
  readonly header: Buffer;
  /** At most so much from a place on; nothing behind the end. */
  read(from: number, most: number): Buffer;
  /** @returns what ends it */
  listen(grown: () => void): () => void;
}
