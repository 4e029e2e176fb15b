// Limits of texts that somebody else may have written, the same in every reader: docs/security.md names them. They are far above what a
// host of 256 adapters and 256 domains needs, and a text within them is read in time and memory that grow with its length.

/** Bytes of a file, after it was unpacked. */
export const LONGEST_TEXT = 32 * 1024 * 1024;
/** Lines of a file. */
export const MOST_LINES = 256 * 1024;
/** Characters of a line, in texts that have a meaning line by line: scenarios, rules of udev, commands, listings. */
export const LONGEST_LINE = 64 * 1024;
/** Bytes of an operation that comes by a socket. */
export const LONGEST_OPERATION = 64 * 1024;
/** Values, one in another. */
export const DEEPEST = 64;
/** Members of objects and items of lists, in all, of one document or line. */
export const MOST_MEMBERS = 128 * 1024;

/** Where a text goes beyond a limit, and what the limit is. */
export interface Excess {
  /** Position in the text, from 0. */
  readonly at: number;
  readonly limit: string;
}

export const TOO_LONG = `at most ${LONGEST_LINE} characters in a line`;
export const TOO_DEEP = `at most ${DEEPEST} levels`;
export const TOO_MANY = `at most ${MOST_MEMBERS} members`;

/** Number of the first line that is too long, from 1. */
export function longLine(text: string): number | undefined {
  if (text.length <= LONGEST_LINE) return undefined;
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const end = text.indexOf("\n", start);
    if ((end < 0 ? text.length : end) - start > LONGEST_LINE) return line;
    if (end < 0) break;
    start = end + 1;
  }
  return undefined;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where a text in quotes ends: the place of its last quote, or the end of all. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return at;
}

/**
 * A text in quotes, with its quotes, as JSON and udev have it: a backslash takes the next character with it. Found without a regular
 * expression, which keeps a place to go back to for each escape, and has no room for millions of them.
 *
 * @returns undefined: none begins here, or it does not end on its line
 */
export function stringAt(text: string, start: number): string | undefined {
  if (text.charCodeAt(start) !== QUOTE) return undefined;
  const end = endOfString(text, start);
  if (end >= text.length) return undefined;
  const found = text.slice(start, end + 1);
  return found.includes("\n") ? undefined : found;
}

/** The first place where a JSON text is nested too deeply or has too many members. It is not parsed: what is wrong in it otherwise is for the parser. */
export function jsonExcess(text: string): Excess | undefined {
  if (text.length <= DEEPEST) return undefined;
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > DEEPEST) return { at, limit: TOO_DEEP };
        if (++members > MOST_MEMBERS) return { at, limit: TOO_MANY };
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        if (++members > MOST_MEMBERS) return { at, limit: TOO_MANY };
    }
  }
  return undefined;
}
