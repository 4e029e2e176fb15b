// Errors that users see in one line: what a user did wrong or what stands in the way, with what to do about it. Everything that throws
// such a sentence throws a UserError. Errors of the system tell their reason by a code.
export class UserError extends Error {}

/** The code of an error of the system, such as ENOENT; undefined if the error has none. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** What an error says of itself. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The reason of an error, for a sentence: its code, or its message if it has none. */
export const reasonOf = (error: unknown): string => codeOf(error) ?? messageOf(error);
