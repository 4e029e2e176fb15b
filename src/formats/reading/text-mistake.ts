// What is wrong with a text, and where. Readers of this folder stop at the first mistake by throwing it; it never leaves the
// folder: `reading` makes a value of it.
import { sentence } from "../../system/ap/quoted.ts";
import type { Parsed } from "../../system/trace/trace-file.ts";

/** Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

class TextMistake extends Error {
  readonly place: Place;

  constructor(place: Place, expected: string) {
    super(sentence(expected));
    this.place = place;
  }
}

/** @param expected what was expected there, and what came, if that is not plain: it is put behind "expected" */
export function mistake(place: Place, expected: string): never {
  throw new TextMistake(place, expected);
}

/** What a reader makes of a text, or its first mistake. */
export function reading<T>(read: () => T): Parsed<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof TextMistake)) throw error;
    return { ok: false, error: { line: error.place.line, column: error.place.column, expected: error.message } };
  }
}
