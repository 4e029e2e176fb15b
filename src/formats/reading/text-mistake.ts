// What is wrong with a text, and where. Readers of these folders throw the first mistake that they find; `reading` and `readingFile` make
// a value of it, so that it never leaves a reader.
import { LONGEST_LINE, longLine, TOO_LONG } from "../../system/ap/limits.ts";
import { sentence } from "../../system/ap/quoted.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { misread, type Parsed, type Position, parsed } from "./input-error.ts";

class TextMistake extends Error {
  readonly place: Position;

  constructor(place: Position, expected: string) {
    super(sentence(expected));
    this.place = place;
  }
}

/** @param expected what was expected there, and what was found if that is not obvious; the word "expected" is put before it */
export function mistake(place: Position, expected: string): never {
  throw new TextMistake(place, expected);
}

/** Refuses a text with a line that is too long, for readers that go line by line. */
export function checkLines(text: string): void {
  const line = longLine(text);
  if (line !== undefined) mistake({ line, column: LONGEST_LINE + 1 }, TOO_LONG);
}

/** What a reader makes of a text, or its first mistake. */
export function reading<T>(read: () => T): ParsedText<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof TextMistake)) throw error;
    return { ok: false, error: { line: error.place.line, column: error.place.column, expected: error.message } };
  }
}

/**
 * What a reader makes of a file, or its first mistake.
 *
 * @param file the name to say in errors
 * @param read puts its warnings, one line each, into the list that it is given
 */
export function readingFile<T>(file: string, read: (warnings: string[]) => T): Parsed<T> {
  const warnings: string[] = [];
  const made = reading(() => read(warnings));
  return made.ok ? parsed(made.value, warnings) : misread(file, made.error, `expected ${made.error.expected}`);
}
