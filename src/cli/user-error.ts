// What a user did wrong, or a file of the user's: told in one line, exit code 1. Anything else that is thrown is a bug of ours.
import { formatSourceError, type SourceError } from "../sources/source.ts";

export class UserError extends Error {}

type Read = { readonly ok: true } | { readonly ok: false; readonly error: SourceError };

/** What a reader answers, if it has read something. @throws UserError with the place of the first mistake */
export function usable<R extends Read>(read: R): Extract<R, { readonly ok: true }> {
  if (!read.ok) throw new UserError(formatSourceError(read.error));
  return read as Extract<R, { readonly ok: true }>;
}

/** On stderr, one line each. */
export function tellWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) console.error(`apmatrix: ${warning}`);
}

/** Exit codes of every command. */
export const EXIT = {
  /** Done, or nothing to do. */
  ok: 0,
  error: 1,
  /** A difference, a violation, or changes pending. */
  difference: 2,
} as const;
