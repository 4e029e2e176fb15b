// The columns that lszcrypt has had over the years, and what a cell of each may hold. Cells are recognized by their content and not by
// their position, because people align tables by hand and mails wrap them. Next: lszcrypt-header.ts, lszcrypt-row.ts.
import type { CardMode } from "../../system/ap/card-type.ts";

export type ListingColumn =
  | "queue"
  | "type"
  | "mode"
  | "status"
  | "counter"
  | "hwtype"
  | "depth"
  | "functions"
  | "driver"
  | "serial"
  | "sestat";

/** The header words of all layouts. s390-tools before 2.8 have the longer counter names. */
export const COLUMN_OF_HEADER: ReadonlyMap<string, ListingColumn> = new Map<string, ListingColumn>([
  ["CARD.DOM", "queue"],
  ["CARD.DOMAIN", "queue"],
  ["TYPE", "type"],
  ["MODE", "mode"],
  ["STATUS", "status"],
  ["REQUESTS", "counter"],
  ["REQUEST_CNT", "counter"],
  ["PENDING", "counter"],
  ["PENDINGQ_CNT", "counter"],
  ["REQUESTQ_CNT", "counter"],
  ["HWTYPE", "hwtype"],
  ["HW_TYPE", "hwtype"],
  ["QDEPTH", "depth"],
  ["Q_DEPTH", "depth"],
  ["FUNCTIONS", "functions"],
  ["DRIVER", "driver"],
  ["SESTAT", "sestat"],
  ["SERIALNR", "serial"],
]);

/** All layouts begin with these columns, so their words are known in any language. */
export const FIRST_COLUMNS: readonly ListingColumn[] = ["queue", "type", "mode"];

export const MODE_WORDS: ReadonlyMap<string, CardMode> = new Map<string, CardMode>([
  ["CCA-Coproc", "cca"],
  ["EP11-Coproc", "ep11"],
  ["Accelerator", "accel"],
]);

/** What a queue's status attribute shows when vfio_ap has the queue. */
export const VFIO_AP_STATUSES = ["assigned", "unassigned", "in use"] as const;
const STATUSES = ["online", "offline", "deconfig", "chkstop", "-", ...VFIO_AP_STATUSES] as const;
export type ListedStatus = (typeof STATUSES)[number];

export const CARD_DRIVERS = ["cex4card", "-no-driver-"] as const;
export const QUEUE_DRIVERS = ["cex4queue", "vfio_ap", "-no-driver-"] as const;
export type ListedDriver = (typeof CARD_DRIVERS)[number] | (typeof QUEUE_DRIVERS)[number];

interface CellRule {
  /** For messages. */
  readonly expected: string;
  readonly pattern: RegExp;
}

/** 9 or 10 characters, a letter or a dash for each function; before s390-tools 2.8 the word that the letters stand for. */
const FUNCTIONS = /^(?:[SMCDAXNFR-]{9,10}|0x[0-9a-fA-F]{8})$/;

export const CELL_RULES: Readonly<Record<ListingColumn, CellRule>> = {
  queue: {
    expected: "a card such as 04 or a queue such as 04.0047 (2 and 4 hex digits, domain up to 00ff)",
    pattern: /^[0-9a-fA-F]{2}(?:\.00[0-9a-fA-F]{2})?$/,
  },
  type: { expected: "a card type CEX4A..CEX8P", pattern: /^CEX[4-8][ACP]$/ },
  // A mode in another language is recognized by letters outside ASCII; the type tells the mode as well.
  mode: {
    expected: "CCA-Coproc, EP11-Coproc or Accelerator",
    pattern: /^(?:CCA-Coproc|EP11-Coproc|Accelerator|.*\P{ASCII}.*)$/u,
  },
  status: {
    expected: STATUSES.join(", "),
    pattern: /^(?:online|offline|deconfig|chkstop|-|assigned|unassigned|in use)$/,
  },
  counter: { expected: "a count or -", pattern: /^(?:\d+|-)$/ },
  hwtype: { expected: "a hardware type number", pattern: /^\d{1,3}$/ },
  depth: { expected: "a queue depth", pattern: /^\d{1,3}$/ },
  functions: { expected: "9 or 10 function letters such as S--D--N-F-", pattern: FUNCTIONS },
  driver: {
    expected: "cex4card, cex4queue, vfio_ap or -no-driver-",
    pattern: /^(?:cex4card|cex4queue|vfio_ap|-no-driver-)$/,
  },
  serial: { expected: "a serial number or -", pattern: /^[\x21-\x7e]{1,16}$/ },
  sestat: { expected: "a Secure Execution state or -", pattern: /^(?:[a-z]+|-)$/ },
};
