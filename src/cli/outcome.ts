// How a command ends: its exit codes, the refusal of what cannot be used, warnings. Anything thrown but a UserError is a bug of ours.
import { UserError } from "../guards/user-error.ts";
import { formatSourceError, type SourceError } from "../sources/source.ts";

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

/** The exit code is what the work answers. */
export async function exitWith(work: Promise<number>): Promise<void> {
  process.exitCode = await work;
}

/** Exit codes of every command. */
export const EXIT = {
  /** Done, or nothing to do. */
  ok: 0,
  error: 1,
  /** A difference, a violation, or changes pending. */
  difference: 2,
} as const;
