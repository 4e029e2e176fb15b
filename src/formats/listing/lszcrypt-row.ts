// One row of an lszcrypt listing: its words go to the columns one after the other, and each must fit its column.

import { must } from "../../system/ap/assert.ts";
import type { CardMode } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { readTypeName } from "../description/host-file.ts";
import { echo, type Position } from "../reading/input-error.ts";
import { mistake } from "../reading/text-mistake.ts";
import {
  CARD_DRIVERS,
  CELL_RULES,
  type ListedDriver,
  type ListedStatus,
  type ListingColumn,
  MODE_WORDS,
  QUEUE_DRIVERS,
  VFIO_AP_STATUSES,
} from "./lszcrypt-columns.ts";
import type { ListingHeader } from "./lszcrypt-header.ts";
import { isBlank, type PastedLine, type PastedWord } from "./pasted-lines.ts";

export interface Row extends Position {
  readonly apid: Apid;
  /** undefined: the row of the card itself. */
  readonly apqi: Apqi | undefined;
  /** 10..14, from TYPE. */
  readonly type: number;
  /** From the last letter of TYPE. */
  readonly letterMode: CardMode;
  /** From MODE; undefined if that is in another language. */
  readonly wordMode: CardMode | undefined;
  /** undefined: the listing has no such column. */
  readonly status: ListedStatus | undefined;
  readonly driver: ListedDriver | undefined;
  readonly hwtype: number | undefined;
  /** What lszcrypt -s shows of it: its first 8 characters. */
  readonly serial: string | undefined;
  /** State for Secure Execution, a word or `-`; undefined: the listing has no such column. */
  readonly sestat: string | undefined;
}

/** lszcrypt itself never prints this: somebody left out the rest. */
export const ELLIPSIS = /^(?:\.\.\.+|…)$/;
export const TRUNCATED = "the whole listing, found ...: what was left out cannot be guessed";

/** @returns the row and the index of the line after it (a wrapped row takes several) */
export function readRow(lines: readonly PastedLine[], start: number, { columns, isWrapped }: ListingHeader) {
  const cells = new Map<ListingColumn, string>();
  let end = start;
  let words: readonly PastedWord[] = [];
  let next = 0;
  for (const column of columns) {
    if (next === words.length && (end === start || isWrapped)) {
      const line = lines[end];
      if (line && !isBlank(line)) {
        [words, next] = [line.words, 0];
        end++;
      }
    }
    const word = words[next];
    if (word === undefined) return cutShort(words, column);
    if (ELLIPSIS.test(word.text)) mistake(word, TRUNCATED);
    const following = words[next + 1]?.text;
    const text = column === "status" && word.text === "in" && following === "use" ? "in use" : word.text;
    const rule = CELL_RULES[column];
    if (!rule.pattern.test(text)) mistake(word, `${rule.expected}, found ${echo(word.text)}`);
    cells.set(column, text);
    next += text === word.text ? 1 : 2;
  }
  const surplus = words[next];
  if (surplus)
    mistake(surplus, ELLIPSIS.test(surplus.text) ? TRUNCATED : `the end of the row, found ${echo(surplus.text)}`);
  const row = rowOf(cells, must(lines[start]?.words[0]));
  checkDriver(row);
  return { row, end };
}

function cutShort(words: readonly PastedWord[], column: ListingColumn): never {
  const last = words.at(-1);
  const at = last ? { line: last.line, column: last.column + last.text.length } : { line: 1, column: 1 };
  mistake(at, `${CELL_RULES[column].expected}, found the end of the row`);
}

function rowOf(cells: ReadonlyMap<ListingColumn, string>, { line, column }: PastedWord): Row {
  const [card = "", queue] = must(cells.get("queue")).split(".");
  const { type, mode } = must(readTypeName(must(cells.get("type"))));
  const hwtype = cells.get("hwtype");
  const serial = cells.get("serial");
  return {
    line,
    column,
    apid: asApid(Number.parseInt(card, 16)),
    apqi: queue === undefined ? undefined : asApqi(Number.parseInt(queue, 16)),
    type,
    letterMode: mode,
    wordMode: MODE_WORDS.get(must(cells.get("mode"))),
    status: cells.get("status") as ListedStatus | undefined,
    driver: cells.get("driver") as ListedDriver | undefined,
    hwtype: hwtype === undefined ? undefined : Number(hwtype),
    serial: serial === "-" ? undefined : serial,
    sestat: cells.get("sestat"),
  };
}

const includes = (list: readonly string[], text: string): boolean => list.includes(text);

/** With a status that only vfio_ap gives, and another driver, it would be a guess whose queue it is. */
function checkDriver(row: Row): void {
  const { driver, status, apqi } = row;
  const isVfioStatus = status !== undefined && includes(VFIO_AP_STATUSES, status);
  if (apqi === undefined && isVfioStatus)
    mistake(row, `a status of a card, found "${status}", which only queues of vfio_ap have`);
  const drivers = apqi === undefined ? CARD_DRIVERS : QUEUE_DRIVERS;
  if (driver !== undefined && !includes(drivers, driver)) {
    const device = apqi === undefined ? "a card" : "a queue";
    mistake(row, `a driver of ${device} (${drivers.join(", ")}), found ${driver}`);
  }
  if (isVfioStatus && driver !== undefined && driver !== "vfio_ap")
    mistake(row, `driver vfio_ap beside status "${status}", found ${driver}`);
}
