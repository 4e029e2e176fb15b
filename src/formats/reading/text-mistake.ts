// What is wrong with a text, and where. Readers of this folder stop at the first mistake by throwing it; it never leaves the
// folder: `reading` makes a value of it.
import { LONGEST_LINE, longLine, TOO_LONG } from "../../system/ap/limits.ts";
import type { Parsed } from "../../system/trace/trace-file.ts";

/** Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

class TextMistake extends Error {
  readonly place: Place;

  constructor(place: Place, expected: string) {
    super(expected);
    this.place = place;
  }
}

/** @param expected what was expected there, and what came, if that is not plain: it is put behind "expected" */
export function mistake(place: Place, expected: string): never {
  throw new TextMistake(place, expected);
}

/** Refuses a text with a line that is too long, for readers that go line by line. */
export function checkLines(text: string): void {
  const line = longLine(text);
  if (line !== undefined) mistake({ line, column: LONGEST_LINE + 1 }, TOO_LONG);
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
