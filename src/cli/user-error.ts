// What a user did wrong, or a file of the user's: told in one line, exit code 1. Anything else that is thrown is a bug of ours.
export class UserError extends Error {}

/** Exit codes of every command. */
export const EXIT = {
  /** Done, or nothing to do. */
  ok: 0,
  error: 1,
  /** A difference, a violation, or changes pending. */
  difference: 2,
} as const;
