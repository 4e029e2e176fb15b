// The output of lszcrypt as people paste it: which cards and queues a host has, in what state, with which driver. A listing in a layout
// of docs/listings.md is read as a whole or refused. Next: listing-to-description.ts.
import { type Apqn, apqnOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { type CardMode, typeName } from "../../system/ap/card-type.ts";
import type { Apid } from "../../system/ap/id.ts";
import { echo, type Parsed } from "../reading/input-error.ts";
import { checkLines, mistake, readingFile } from "../reading/text-mistake.ts";
import { HEADER_EXPECTED, readBefore, saysNoCards, tellsWarning, type Warn } from "./lszcrypt-around.ts";
import type { ListedDriver, ListedStatus } from "./lszcrypt-columns.ts";
import { isRule, type ListingHeader, readHeader, startsHeader } from "./lszcrypt-header.ts";
import { ELLIPSIS, type Row, readRow, TRUNCATED } from "./lszcrypt-row.ts";
import { commandOf, isBlank, type PastedLine, pastedLines, startOf, textOf } from "./pasted-lines.ts";

export interface Listing {
  readonly file: string;
  readonly cards: readonly ListedCard[];
  readonly queues: readonly ListedQueue[];
  /** Whether it has the column DRIVER (lszcrypt -V); without it the queues of vfio_ap are not listed. */
  readonly hasDrivers: boolean;
}

export interface ListedCard {
  readonly apid: Apid;
  readonly type: number;
  readonly mode: CardMode;
  readonly serial: string | undefined;
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

/** @param file the name to say in errors and warnings; nothing is opened */
export const parseLszcrypt = (text: string, file: string): Parsed<Listing> =>
  readingFile(file, (warnings) => {
    const warn: Warn = ({ line }, sentence) => warnings.push(`${file}:${line}: ${sentence}`);
    checkLines(text);
    const lines = pastedLines(text);
    const truncated = lines.find(({ words }) => words.length === 1 && ELLIPSIS.test(must(words[0]).text));
    if (truncated) mistake(startOf(truncated), TRUNCATED);
    const start = lines.findIndex((_, index) => startsHeader(lines, index));
    const showsPart = readBefore(lines.slice(0, start === -1 ? lines.length : start), warn);
    if (start === -1 && lines.some(saysNoCards)) return { file, cards: [], queues: [], hasDrivers: true };
    if (start === -1) mistake({ line: 1, column: 1 }, `${HEADER_EXPECTED}, found none`);
    const header = readHeader(lines, start);
    const devices = devicesOf(readRows(lines, header, warn), showsPart, warn);
    return { file, ...devices, hasDrivers: header.columns.includes("driver") };
  });

function readRows(lines: readonly PastedLine[], header: ListingHeader, warn: Warn): readonly Row[] {
  const rows: Row[] = [];
  let index = header.end;
  while (index < lines.length) {
    const line = must(lines[index]);
    if (tellsWarning(line, warn) || isBlank(line) || isRule(line)) {
      index++;
      continue;
    }
    if (commandOf(line) !== undefined) break;
    if (startsHeader(lines, index)) mistake(startOf(line), "one listing in a file, found a second header");
    const { row, end } = readRow(lines, index, header);
    rows.push(row);
    index = end;
  }
  const after = lines.slice(index).find((line) => !isBlank(line) && commandOf(line) === undefined);
  if (after) mistake(startOf(after), `nothing after the listing, found ${echo(textOf(after))}`);
  return rows;
}

/**
 * The mode of a row. MODE and the driver's choice both come from the function bits of the card, so the word in MODE wins over the letter
 * of TYPE. The letter counts only if the word is in another language.
 */
const modeOf = ({ wordMode, letterMode }: Row): CardMode => wordMode ?? letterMode;

function devicesOf(rows: readonly Row[], showsPart: boolean, warn: Warn): Pick<Listing, "cards" | "queues"> {
  const cards = new Map<Apid, Row>();
  const queues = new Map<Apqn, Row>();
  for (const row of rows) {
    const { apid, apqi } = row;
    if (apqi === undefined) addRow(cards, apid, row, `card ${formatApid(apid)}`);
    else addRow(queues, apqnOf(apid, apqi), row, `queue ${formatApqn(apqnOf(apid, apqi))}`);
  }
  const translated = rows.find(({ wordMode }) => wordMode === undefined);
  if (translated) warn(translated, "MODE is in another language: the mode was taken from the letter of TYPE");
  // lszcrypt lists queues without their cards if it is told to. Otherwise rows are missing.
  const isPart = showsPart || cards.size === 0;
  for (const card of cards.values()) checkCard(card, warn);
  for (const [apqn, row] of queues) {
    const card = cards.get(row.apid);
    if (card) compareWithCard(row, card, apqn, warn);
    else if (isPart) cards.set(row.apid, cardOfQueues(row, queues, warn));
    else
      mistake(
        row,
        `a row of card ${formatApid(row.apid)} for its queue ${formatApqn(apqn)}, found none: rows are missing`,
      );
  }
  return {
    cards: [...cards].map(([apid, row]) => ({
      ...stateOf(row),
      apid,
      type: row.type,
      mode: modeOf(row),
      serial: row.serial,
    })),
    queues: [...queues].map(([apqn, row]) => ({ ...stateOf(row), apqn, sestat: row.sestat })),
  };
}

const stateOf = ({ status, driver, line }: Row) => ({ status, driver, line });

/** Each device has one row. */
function addRow<I>(rows: Map<I, Row>, id: I, row: Row, name: string): void {
  const first = rows.get(id);
  if (first) mistake(row, `one row for ${name}, found a second one (the first is in line ${first.line})`);
  rows.set(id, row);
}

/** What the rows of its queues say of a card that has no row; its state is theirs if they all say that it is not usable. */
function cardOfQueues(first: Row, queues: ReadonlyMap<Apqn, Row>, warn: Warn): Row {
  const states = new Set([...queues.values()].filter(({ apid }) => apid === first.apid).map(({ status }) => status));
  const [state] = states;
  const status = states.size === 1 && (state === "deconfig" || state === "chkstop") ? state : undefined;
  const taken = `its type is that of its queues, its state taken as ${status ?? "online"}`;
  warn(first, `no row for card ${formatApid(first.apid)}, as with --queueonly: ${taken}`);
  return { ...first, apqi: undefined, status, driver: undefined };
}

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
