// Text that came through mails, editors and terminals. What they add is removed (no-break spaces, quote and diff marks, line numbers), and
// every word keeps its place in the file for messages.
import { must } from "../../system/ap/assert.ts";
import { LONGEST_LINE } from "../../system/ap/limits.ts";
import type { Position } from "../reading/input-error.ts";
import type { NumberedLine } from "../reading/shell-commands.ts";

export interface PastedWord extends Position {
  readonly text: string;
}

/** A line with at least one word, or an empty one. */
export interface PastedLine {
  /** From 1. */
  readonly number: number;
  readonly words: readonly PastedWord[];
}

/** What stands before every line of a quoted mail, a patch, or a numbered listing. */
const MARKS: readonly RegExp[] = [/^(?:> ?){1,64}/, /^\+/, /^\s*\d+\t/];

/** All lines, in order. Blanks of every kind (U+00A0 too) part words; an end of line may be of any system. */
export const pastedLines = (text: string): PastedLine[] =>
  unmarkedLines(text).map(({ number, text: line }) => ({ number, words: wordsOf(line, number) }));

/** All lines, with blanks in the place of their marks. */
export function unmarkedLines(text: string): NumberedLine[] {
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)
    // What is beyond is refused by the readers (text-mistake.ts).
    .map((line) => line.slice(0, LONGEST_LINE));
  const marks = lines.map(() => 0);
  for (const mark of MARKS) {
    const lengths = lines.map((line, i) => markLength(mark, line.slice(marks[i])));
    // If only some lines have it, it is not a mark but text.
    if (lengths.includes(undefined)) continue;
    for (const [i, length = 0] of lengths.entries()) marks[i] = must(marks[i]) + length;
  }
  return lines.map((line, i) => ({
    number: i + 1,
    text: " ".repeat(must(marks[i])) + line.slice(must(marks[i])),
  }));
}

/** An empty line needs no mark: editors remove it with the blanks at the end. */
function markLength(mark: RegExp, line: string): number | undefined {
  if (line.trim() === "") return 0;
  return mark.exec(line)?.[0].length;
}

const wordsOf = (line: string, number: number): PastedWord[] =>
  [...line.matchAll(/\S+/g)].map((match) => ({ text: match[0], line: number, column: match.index + 1 }));

export const isBlank = ({ words }: PastedLine): boolean => words.length === 0;

/** The words with one blank between them. */
export const textOf = ({ words }: PastedLine): string => words.map(({ text }) => text).join(" ");

/** Where the line's text begins. */
export const startOf = ({ number, words }: PastedLine): Position => words[0] ?? { line: number, column: 1 };

// `$ `, `#` directly before the command, `user@host:~# `, `[root@host ~]# `: the rows of listings never have these signs.
const PROMPT = /^(?:\[[^\]]*\]|\S*?)\s?[#$%]\s*(?<command>.*)$/s;

/** The command that a line shows after a shell prompt, "" for a prompt alone; undefined for other lines. */
export const commandOf = (line: PastedLine): string | undefined => PROMPT.exec(textOf(line))?.groups?.command;
