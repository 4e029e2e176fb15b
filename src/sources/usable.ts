// The step from a reader's answer to its value: if a file cannot be used, its user is told in one line.
import { UserError } from "../guards/user-error.ts";
import type { ParsedText } from "../system/trace/trace-file.ts";
import { formatSourceError, type SourceError } from "./source.ts";

/** The value that a reader of texts has made of a file. @throws UserError with the place of the first mistake */
export function usableText<T>(file: string, read: ParsedText<T>): T {
  if (read.ok) return read.value;
  const { line, column, expected } = read.error;
  throw new UserError(`${file}:${line}:${column}: expected ${expected}`);
}

type Read = { readonly ok: true } | { readonly ok: false; readonly error: SourceError };

/** What a reader answers, if it has read something. @throws UserError with the place of the first mistake */
export function usable<R extends Read>(read: R): Extract<R, { readonly ok: true }> {
  if (!read.ok) throw new UserError(formatSourceError(read.error));
  return read as Extract<R, { readonly ok: true }>;
}
