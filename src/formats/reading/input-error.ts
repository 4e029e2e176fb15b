// What reading a file answers: a value with warnings, or one error with its place. Every reader of this folder answers so.
import { quoted, sentence } from "../../system/ap/quoted.ts";

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface InputError extends Position {
  readonly file: string;
  /** One line: what was expected, what came. */
  readonly message: string;
}

/** Warnings are one line each, without an end: what was taken, where a file could have been meant otherwise. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: InputError };

export const parsed = <T>(value: T, warnings: readonly string[] = []): Parsed<T> => ({ ok: true, value, warnings });

/** Messages of parsers may hold characters of the text as they are, such as a carriage return. */
export const misread = (file: string, { line, column }: Position, message: string): Parsed<never> => ({
  ok: false,
  error: { file, line, column, message: sentence(message) },
});

/** `FILE:LINE:COLUMN: message`, the form that editors and terminals make a link of. */
export const formatInputError = ({ file, line, column, message }: InputError): string =>
  `${file}:${line}:${column}: ${message}`;

/** What came, for a message: in quotes, on one line, cut where it is long. */
export const echo = quoted;
