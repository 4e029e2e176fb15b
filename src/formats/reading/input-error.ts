// What a reader answers: of a file, a value with warnings or one error with its place; of a single value, the value or a sentence.
import { quoted, sentence } from "../../system/ap/quoted.ts";

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface InputError extends Position {
  readonly file: string;
  /** One line: what was expected, what was found. */
  readonly message: string;
}

/** The value of one text, or a sentence that says what is wrong with it. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export const taken = <T>(value: T): Reading<T> => ({ ok: true, value });
export const refuse = (message: string): Reading<never> => ({ ok: false, message });

/** Warnings are one line each, without an end: how an ambiguous file was read. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: InputError };

export const parsed = <T>(value: T, warnings: readonly string[] = []): Parsed<T> => ({ ok: true, value, warnings });

/** Messages of parsers may hold any characters of the text, such as a carriage return. */
export const misread = (file: string, { line, column }: Position, message: string): Parsed<never> => ({
  ok: false,
  error: { file, line, column, message: sentence(message) },
});

/** `FILE:LINE:COLUMN: message`, a form that editors and terminals turn into a link. */
export const formatInputError = ({ file, line, column, message }: InputError): string =>
  `${file}:${line}:${column}: ${message}`;

/** What was found, for a message: in quotes, on one line, cut if it is long. */
export const echo = quoted;
