// The lines of a udev rules file, taken apart as udevd does: comments, lines continued with a backslash, and KEY{attribute}op"value" pairs.
// A line with a mistake is left out by udevd, and the others count. What the keys mean: answers/boot/udev-keys.ts.
import { quoted } from "../../system/ap/quoted.ts";
import type { Position } from "../reading/input-error.ts";

export const OPERATORS = ["==", "!=", "+=", "-=", ":=", "="] as const;
export type UdevOperator = (typeof OPERATORS)[number];

export interface UdevPair {
  readonly key: string;
  /** What stands in braces. */
  readonly attribute: string | undefined;
  readonly operator: UdevOperator;
  readonly value: string;
  /** i"...": matches in upper and lower case. */
  readonly isCaseBlind: boolean;
  /** Of the value's first character. */
  readonly place: Position;
}

export interface UdevLine {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly pairs: readonly UdevPair[];
}

export interface UdevMistake {
  readonly place: Position;
  /** What follows "expected". */
  readonly expected: string;
}

export interface UdevLines {
  readonly lines: readonly UdevLine[];
  readonly mistakes: readonly UdevMistake[];
}

export function readUdevLines(text: string): UdevLines {
  const lines: UdevLine[] = [];
  const mistakes: UdevMistake[] = [];
  for (const joined of joinedLines(text)) {
    const read = pairsOf(joined);
    if ("expected" in read) mistakes.push(read);
    else if (read.length > 0) lines.push({ line: joined.placeOf(0).line, pairs: read });
  }
  return { lines, mistakes };
}

interface JoinedLine {
  readonly text: string;
  placeOf(offset: number): Position;
}

/** A comment may stand between two lines of which one continues the other. */
function* joinedLines(text: string): Generator<JoinedLine> {
  let pieces: { readonly at: number; readonly line: number; readonly column: number }[] = [];
  let whole = "";
  for (const [at, line] of text.split("\n").entries()) {
    const shown = line.replace(/\r$/, "");
    const piece = shown.replace(/^[ \t\r]+/, "");
    if (piece.startsWith("#")) continue;
    pieces.push({ at: whole.length, line: at + 1, column: shown.length - piece.length + 1 });
    const isOpen = piece.endsWith("\\");
    whole += isOpen ? piece.slice(0, -1) : piece;
    if (isOpen) continue;
    const own = pieces;
    if (whole !== "") yield { text: whole, placeOf: (offset) => placeIn(own, offset) };
    [pieces, whole] = [[], ""];
  }
  // A file that ends in the middle of a line: udevd drops it.
}

function placeIn(pieces: readonly (Position & { readonly at: number })[], offset: number): Position {
  const { at, line, column } = pieces.findLast((one) => one.at <= offset) ?? { at: 0, line: 1, column: 1 };
  return { line, column: column + offset - at };
}

const BETWEEN = /[ \t\r,]*/y;
const BLANKS = /[ \t\r]*/y;
const KEY = /([A-Z_a-z]+)(?:\{([^}]*)\})?/y;
const OPERATOR = /==|!=|\+=|-=|:=|=/y;
const VALUE = /(i?)"((?:[^"\\]|\\"|\\(?!"))*)"/y;
const ESCAPED_VALUE = /(ei?|ie)"((?:[^"\\]|\\.)*)"/y;
/** Characters of a line that udevd reads. */
const LONGEST_LINE = 16_384;

function pairsOf({ text, placeOf }: JoinedLine): readonly UdevPair[] | UdevMistake {
  const pairs: UdevPair[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    at += match?.[0].length ?? 0;
    return match;
  };
  const expected = (what: string): UdevMistake => ({
    place: placeOf(at),
    expected: `${what}, found ${quoted(text.slice(at) || "the end of the line")}`,
  });
  if (text.length >= LONGEST_LINE) return expected(`fewer than ${LONGEST_LINE} characters in a rule`);
  for (take(BETWEEN); at < text.length; take(BETWEEN)) {
    const [shown, key, attribute] = take(KEY) ?? [];
    if (key === undefined) return expected('a rule of udev, KEY="value" pairs');
    take(BLANKS);
    const operator = take(OPERATOR)?.[0] as UdevOperator | undefined;
    if (operator === undefined) return expected(`an operator such as = or == after ${shown}`);
    take(BLANKS);
    const begin = at;
    const [, prefix = "", value] = take(VALUE) ?? take(ESCAPED_VALUE) ?? [];
    if (value === undefined) return expected(`a value in double quotes for ${shown}`);
    const unescaped = prefix.includes("e") ? withoutEscapes(value) : value.replaceAll('\\"', '"');
    const place = placeOf(begin + prefix.length + 1);
    pairs.push({ key, attribute, operator, value: unescaped, isCaseBlind: prefix.includes("i"), place });
  }
  return pairs;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", s: " ", a: "\x07", b: "\b" };

/** e"...", with the escapes of C. */
const withoutEscapes = (value: string): string =>
  value.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
