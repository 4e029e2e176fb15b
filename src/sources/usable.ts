// The step from what a reader answers to a value: a file that cannot be used is told to its user in one line.
import { UserError } from "../guards/user-error.ts";
import { formatSourceError, type SourceError } from "./source.ts";

type Read = { readonly ok: true } | { readonly ok: false; readonly error: SourceError };

/** What a reader answers, if it has read something. @throws UserError with the place of the first mistake */
export function usable<R extends Read>(read: R): Extract<R, { readonly ok: true }> {
  if (!read.ok) throw new UserError(formatSourceError(read.error));
  return read as Extract<R, { readonly ok: true }>;
}
