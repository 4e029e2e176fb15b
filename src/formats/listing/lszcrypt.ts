// The output of lszcrypt as people paste it: which cards and queues a host has, in what state, with which driver. Every layout
// of docs/listings.md is understood whole or refused; nothing is half read. Next: listing-to-description.ts.
import { type Apqn, apqnOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { type CardMode, typeName } from "../../system/ap/card-type.ts";
import type { Apid } from "../../system/ap/id.ts";
import { echo, misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import type { ListedDriver, ListedStatus } from "./lszcrypt-columns.ts";
import { type Header, isRule, readHeader, startsHeader } from "./lszcrypt-header.ts";
import { ELLIPSIS, type Row, readRow, TRUNCATED } from "./lszcrypt-row.ts";
import { commandOf, isBlank, type PastedLine, pastedLines, startOf, textOf } from "./pasted-lines.ts";

export interface Listing {
  readonly file: string;
  readonly cards: readonly ListedCard[];
  readonly queues: readonly ListedQueue[];
  /** It has the column DRIVER (lszcrypt -V): without it the queues of vfio_ap are not listed. */
  readonly hasDrivers: boolean;
}

export interface ListedCard {
  readonly apid: Apid;
  readonly type: number;
  readonly mode: CardMode;
  readonly status: ListedStatus | undefined;
  readonly driver: ListedDriver | undefined;
  readonly line: number;
}

export interface ListedQueue {
  readonly apqn: Apqn;
  /** State for Secure Execution, a word or `-`; undefined: the listing has no such column. */
  readonly sestat: string | undefined;
  readonly status: ListedStatus | undefined;
  readonly driver: ListedDriver | undefined;
  readonly line: number;
}

const HEADER_EXPECTED = "expected the header CARD.DOM TYPE MODE ...";

/** @param file the name to say in errors and warnings; nothing is opened */
export function parseLszcrypt(text: string, file: string): Parsed<Listing> {
  const lines = pastedLines(text);
  const truncated = lines.find(({ words }) => words.length === 1 && ELLIPSIS.test(words[0]?.text as string));
  if (truncated) return misread(file, startOf(truncated), TRUNCATED);
  const start = lines.findIndex((_, index) => startsHeader(lines, index));
  const before = checkBefore(lines.slice(0, start === -1 ? lines.length : start), file);
  if (!before.ok) return before;
  if (start === -1) return misread(file, { line: 1, column: 1 }, `${HEADER_EXPECTED}, found none`);
  const header = readHeader(lines, start);
  if (!header.ok) return misread(file, header.at, header.message);
  const rows = readRows(lines, header.value, file);
  return rows.ok ? toListing(rows.value, header.value, file, before.warnings) : rows;
}

/** Before the header there may be prompts and rules. @returns warnings about what the command left out */
function checkBefore(lines: readonly PastedLine[], file: string): Parsed<void> {
  const warnings: string[] = [];
  for (const line of lines) {
    if (isBlank(line) || isRule(line)) continue;
    const command = commandOf(line);
    if (command === undefined) {
      return misread(file, startOf(line), `${HEADER_EXPECTED}, found ${echo(textOf(line))}`);
    }
    if (/\blszcrypt\b.*\|/.test(command)) {
      const message = `expected the output of lszcrypt itself, found ${echo(command)}: the pipe may have taken rows away`;
      return misread(file, startOf(line), message);
    }
    if (showsPart(command)) {
      warnings.push(`${file}:${line.number}: ${echo(command)} shows some devices only: the host may have more`);
    }
  }
  return parsed(undefined, warnings);
}

/** The command names devices, or asks for cards of one mode. What stands after a redirection is not an argument. */
function showsPart(command: string): boolean {
  const [, args] = /\blszcrypt\b([^;&>]*)/.exec(command) ?? [];
  const words = (args ?? "").replace(/\d$/, "").split(" ").filter(Boolean);
  return words.some((word) => !/^-(?:-verbose|V+)$/.test(word));
}

function readRows(lines: readonly PastedLine[], header: Header, file: string): Parsed<readonly Row[]> {
  const rows: Row[] = [];
  let index = header.end;
  while (index < lines.length) {
    const line = lines[index] as PastedLine;
    if (isBlank(line) || isRule(line)) {
      index++;
      continue;
    }
    if (commandOf(line) !== undefined) break;
    if (startsHeader(lines, index)) {
      return misread(file, startOf(line), "expected one listing in a file, found a second header");
    }
    const row = readRow(lines, index, header);
    if (!row.ok) return misread(file, row.at, row.message);
    rows.push(row.value);
    index = row.end;
  }
  const behind = lines.slice(index).find((line) => !isBlank(line) && commandOf(line) === undefined);
  return behind
    ? misread(file, startOf(behind), `expected nothing behind the listing, found ${echo(textOf(behind))}`)
    : parsed(rows);
}

/**
 * The mode of a row: MODE comes from the function bits of the card, as the driver's choice does, so its word wins over the
 * letter of TYPE. Only a word in another language leaves the letter.
 */
const modeOf = ({ wordMode, letterMode }: Row): CardMode => wordMode ?? letterMode;

function toListing(
  rows: readonly Row[],
  { columns }: Header,
  file: string,
  before: readonly string[],
): Parsed<Listing> {
  const warnings = [...before];
  const warn = ({ line }: { readonly line: number }, sentence: string) => warnings.push(`${file}:${line}: ${sentence}`);
  const cards = new Map<Apid, Row>();
  const queues = new Map<Apqn, Row>();
  for (const row of rows) {
    const duplicate = addRow(row, cards, queues);
    if (duplicate !== undefined) return misread(file, row, duplicate);
  }
  const translated = rows.find(({ wordMode }) => wordMode === undefined);
  if (translated) warn(translated, "MODE is in another language: the mode was taken from the letter of TYPE");
  for (const [apqn, row] of queues) {
    const card = cards.get(row.apid);
    if (card) compareWithCard(row, card, apqn, warn);
    else return misread(file, row, orphan(row, apqn));
  }
  for (const card of cards.values()) checkCard(card, warn);
  return parsed(
    {
      file,
      cards: [...cards].map(([apid, row]) => ({ ...stateOf(row), apid, type: row.type, mode: modeOf(row) })),
      queues: [...queues].map(([apqn, row]) => ({ ...stateOf(row), apqn, sestat: row.sestat })),
      hasDrivers: columns.includes("driver"),
    },
    warnings,
  );
}

const stateOf = ({ status, driver, line }: Row) => ({ status, driver, line });

/** @returns what is wrong: the device has a row already */
function addRow(row: Row, cards: Map<Apid, Row>, queues: Map<Apqn, Row>): string | undefined {
  const { apid, apqi } = row;
  if (apqi === undefined) {
    const first = cards.get(apid);
    if (first)
      return `expected one row for card ${formatApid(apid)}, found a second one (the first is in line ${first.line})`;
    cards.set(apid, row);
    return undefined;
  }
  const apqn = apqnOf(apid, apqi);
  const first = queues.get(apqn);
  if (first)
    return `expected one row for queue ${formatApqn(apqn)}, found a second one (the first is in line ${first.line})`;
  queues.set(apqn, row);
  return undefined;
}

const orphan = ({ apid }: Row, apqn: Apqn): string =>
  `expected a row of card ${formatApid(apid)} for its queue ${formatApqn(apqn)}, found none: rows are missing`;

type Warn = (at: Position, sentence: string) => void;

function checkCard(card: Row, warn: Warn): void {
  const id = formatApid(card.apid);
  const { type, letterMode, wordMode, hwtype } = card;
  if (wordMode !== undefined && wordMode !== letterMode) {
    const taken = typeName(type, wordMode);
    warn(
      card,
      `TYPE ${typeName(type, letterMode)} and MODE disagree: card ${id} was taken for a ${taken}, as MODE comes from what the card does`,
    );
  }
  if (hwtype !== undefined && hwtype !== type) {
    warn(card, `HWTYPE ${hwtype} does not belong to TYPE ${typeName(type, letterMode)} of card ${id}: TYPE was taken`);
  }
}

function compareWithCard(row: Row, card: Row, apqn: Apqn, warn: Warn): void {
  const own = typeName(row.type, modeOf(row));
  const ofCard = typeName(card.type, modeOf(card));
  if (own !== ofCard)
    warn(row, `queue ${formatApqn(apqn)} is listed as ${own}, its card as ${ofCard}: the card's row was taken`);
}
