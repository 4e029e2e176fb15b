// What is fuzzed: inputs, and what must hold for each.
import assert from "node:assert/strict";
import type fc from "fast-check";
import { formatInputError, type InputError } from "../../formats/reading/input-error.ts";
import { formatSourceError, type Opened } from "../../sources/source.ts";
import { UNSEEN } from "../../system/ap/quoted.ts";
import type { TextError } from "../../system/trace/trace-file.ts";

export interface Target<T = never> {
  readonly name: string;
  /** Of all inputs, its share in parts: readers that are quick, or that strangers reach, get more. */
  readonly share: number;
  readonly inputs: fc.Arbitrary<T>;
  /** Throws where something does not hold. */
  readonly check: (input: T) => void | Promise<void>;
  /** Inputs in one: lines that are sent together count each. */
  readonly count?: (input: T) => number;
  /** As it is told when it is at fault. */
  readonly show?: (input: T) => string;
  readonly end?: () => void;
}

type Answer =
  | { readonly ok: true; readonly warnings?: readonly string[] }
  | { readonly ok: false; readonly error: InputError | TextError };

const LONGEST_MESSAGE = 2000;

/** What a reader says is a value, or one line with its place: no control characters, and not the whole input again. */
export function checkAnswer(read: Answer): void {
  checkLines(read.ok ? (read.warnings ?? []) : [messageOf(read.error)]);
  if (read.ok) return;
  const { line, column } = read.error;
  assert.ok(Number.isSafeInteger(line) && line >= 1, `line ${line}`);
  assert.ok(Number.isSafeInteger(column) && column >= 1, `column ${column}`);
}

const messageOf = (error: InputError | TextError): string =>
  "message" in error ? formatInputError(error) : error.expected;

/** The same of what is opened as a source, where a mistake may be one of the whole file. */
export const checkSource = (opened: Opened): void =>
  checkLines(opened.ok ? opened.warnings : [formatSourceError(opened.error)]);

function checkLines(lines: readonly string[]): void {
  for (const line of lines) {
    assert.ok(line.length < LONGEST_MESSAGE, `a message of ${line.length} characters: ${line.slice(0, 200)}`);
    assert.equal(line.replace(UNSEEN, ""), line, "a character that is not seen in a message");
  }
}
