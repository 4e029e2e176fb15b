// The header of an lszcrypt listing: which columns its rows have, and where the rows begin.
import { must } from "../../system/ap/assert.ts";
import { echo } from "../reading/input-error.ts";
import { nearestName } from "../reading/nearest-name.ts";
import { mistake } from "../reading/text-mistake.ts";
import { COLUMN_OF_HEADER, FIRST_COLUMNS, type ListingColumn } from "./lszcrypt-columns.ts";
import { isBlank, type PastedLine, type PastedWord, startOf, textOf } from "./pasted-lines.ts";

export interface ListingHeader {
  readonly columns: readonly ListingColumn[];
  /** A mail wrapped it: its rows are wrapped as well. */
  readonly isWrapped: boolean;
  /** Index of the first line after it. */
  readonly end: number;
}

/** Dashes as lszcrypt prints them, or `=====` as manuals draw tables. */
export const isRule = (line: PastedLine): boolean => /^[-=]{3,}(?: [-=]{3,}){0,64}$/.test(textOf(line));

const isForeign = (text: string): boolean => /\P{ASCII}/u.test(text);

/** The line begins a header: by its first word, or, in a translated listing, by the rule before or after it. */
export function startsHeader(lines: readonly PastedLine[], index: number): boolean {
  const words = lines[index]?.words ?? [];
  const first = words[0]?.text ?? "";
  if (first === "CARD.DOM" || first === "CARD.DOMAIN") return true;
  const [before, after] = [lines[index - 1], lines[index + 1]];
  const isBesideRule = (before && isRule(before)) || (after && isRule(after));
  return isForeign(first) && words.length >= FIRST_COLUMNS.length && Boolean(isBesideRule);
}

/** @param start index of a line that startsHeader */
export function readHeader(lines: readonly PastedLine[], start: number): ListingHeader {
  let end = start + 1;
  // A wrapped header goes on with further header words.
  while (isContinuation(lines[end])) end++;
  const words = lines.slice(start, end).flatMap((line) => line.words);
  const columns: ListingColumn[] = [];
  for (const [index, word] of words.entries()) {
    const column = columnOf(word, index);
    if (column === undefined) return unknownColumn(word);
    if (columns.includes(column) && column !== "counter")
      mistake(word, `each column once, found ${echo(word.text)} a second time`);
    columns.push(column);
  }
  const isUsual = FIRST_COLUMNS.every((column, index) => columns[index] === column);
  if (!isUsual) {
    const found = echo(words.map(({ text }) => text).join(" "));
    mistake(startOf(must(lines[start])), `the columns CARD.DOM TYPE MODE first, found ${found}`);
  }
  const isWrapped = end > start + 1;
  const rows = lines.slice(end).findIndex((line) => !isRule(line) && !isBlank(line));
  return { columns, isWrapped, end: rows < 0 ? lines.length : end + rows };
}

const isContinuation = (line: PastedLine | undefined): boolean =>
  line !== undefined &&
  !isBlank(line) &&
  line.words.every(({ text }) => COLUMN_OF_HEADER.has(text)) &&
  !line.words[0]?.text.startsWith("CARD.");

const columnOf = ({ text }: PastedWord, index: number): ListingColumn | undefined =>
  COLUMN_OF_HEADER.get(text) ?? (isForeign(text) ? FIRST_COLUMNS[index] : undefined);

function unknownColumn(word: PastedWord): never {
  // Header words are in capitals, but names are compared in lower case.
  const known = [...COLUMN_OF_HEADER.keys()].map((name) => name.toLowerCase());
  const nearest = nearestName(word.text, known).toUpperCase();
  mistake(word, `a column that lszcrypt has, found ${echo(word.text)}: did you mean ${nearest}?`);
}
