// Text that is not ours, made fit for a terminal. Names, values and messages of strangers may hold characters that move the cursor,
// change colours, or turn the direction of writing, and may be as long as they like.

/** Characters that are shown in a message. */
const LONGEST = 60;

/** What a terminal acts on or does not show: controls (C0, DEL, C1), marks of direction and of no width, line separators, halves of pairs. */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As JSON has it, so that what is escaped within a text of JSON's stays the same text. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");

/** Characters of a name, a type or a title in a line of its own or of a table. */
const LONGEST_NAME = 200;

/** The first characters of a text, with dots where it goes on, and how much is left out. */
function cut(text: string, limit: number): readonly [shown: string, rest: string] {
  if (text.length <= limit) return [text, ""];
  return [`${text.slice(0, limit - 3)}...`, ` (${text.length - limit + 3} more)`];
}

/**
 * The text on one line, and nothing in it that a terminal acts on. Everything else stays as it is.
 *
 * @param limit of characters; a longer text is cut, and how much is missing is said
 */
export function plain(text: string, limit = Number.POSITIVE_INFINITY): string {
  const shown = cut(text, limit).join("").replace(UNSEEN, escaped);
  if (shown.length <= limit + REST) return shown;
  // What is escaped takes more room than it had.
  return cut(text, Math.floor(limit / ESCAPED))
    .join("")
    .replace(UNSEEN, escaped);
}

/** Room for the words that say how much is left out. */
const REST = 20;
/** Characters of one that is escaped. */
const ESCAPED = 6;

/** A name or a value of strangers' within what is printed: as it is, but no longer than anybody reads. */
export const shortened = (text: string): string => plain(text, LONGEST_NAME);

/** Characters of a message. */
const LONGEST_MESSAGE = 1000;

/** A sentence of ours that repeats what came: on one line, cut where it is long. */
export const sentence = (text: string): string => plain(text, LONGEST_MESSAGE);

/**
 * What came, for a message: in quotes, on one line, cut where it is long.
 *
 * @param limit of characters
 */
export function quoted(text: string, limit = LONGEST): string {
  const [shown, rest] = cut(text, limit);
  return JSON.stringify(shown).replace(UNSEEN, escaped) + rest;
}

/** One word of a command line, as somebody would type it in a shell. */
export const shellWord = (text: string): string =>
  /^[\w.,:/+@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
