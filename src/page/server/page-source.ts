// What a server shows: a history that may grow, and a way to add to it. lab-page-source.ts, watched-source.ts and file-source.ts make them.
import type { SourceInfo } from "../protocol/page-protocol.ts";

export interface PageSource {
  readonly info: Omit<SourceInfo, "token">;
  readonly history: Growing;
  /** Carries out an operation, given as one line of JSON. Undefined: nothing can be done here. */
  readonly operate?: (line: string) => Promise<Operated>;
  close(): void;
}

/** What became of an operation: an answer, or a sentence that says why there is none. */
export type Operated = { readonly answer: object } | { readonly error: string };

/** Lines of text to which more are added. A reader keeps its place in them, and nothing is buffered for a slow reader. */
export interface Growing {
  /** Where the first line that is still kept begins. The header is always kept. */
  readonly start: number;
  /** Where the text ends; it consists of whole lines. */
  readonly end: number;
  /** Something has happened that is not in it, and nothing more will come. */
  readonly isLost?: boolean;
  /** The header, with its newline. */
  readonly header: Buffer;
  /** At most `most` bytes from a place on; nothing after the end. */
  read(from: number, most: number): Buffer;
  /** @returns a function that ends it */
  listen(grown: () => void): () => void;
}
