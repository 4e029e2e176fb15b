// A history as somebody reads it: what guests gained, lost and had wiped are its headlines; how the host was set up, and scans that changed
// nothing, are one line each.

import { count } from "../../answers/show/wording.ts";
import { must } from "../../system/ap/assert.ts";
import { changesAnywhere, type Entry, isRefused, zeroizedAnywhere } from "./entry.ts";
import type { InsideChange } from "./inside-changes.ts";

export interface Headline {
  /** Places of the first and the last entry that it stands for. */
  readonly first: number;
  readonly last: number;
  readonly kind: "set-up" | "scans" | "event";
  /** Of an event: what it did to guests, or else the words of the entry. */
  readonly words: string;
  /** Somebody lost something, or a write was refused. */
  readonly isBad: boolean;
}

const isQuiet = ({ guests, zeroized, filteredBy, inside, given, note }: Entry): boolean =>
  guests.length + zeroized.length + filteredBy.length + inside.length === 0 && !given && note === undefined;

const isIdle = (entry: Entry): boolean => isQuiet(entry) && !isRefused(entry) && entry.operation?.op === "scan";

/** What ends the set-up: a running guest is touched, one stops, something is refused, or the host is only looked at. */
const endsSetUp = (entry: Entry): boolean =>
  isRefused(entry) ||
  entry.note !== undefined ||
  entry.operation === undefined ||
  entry.guests.some(({ run }) => run !== "started") ||
  (entry.given !== undefined && entry.given.run !== "started");

/** How many entries at the beginning set the host up. Scans after them are no part of it. */
function setUpCount(entries: readonly Entry[]): number {
  const end = entries.findIndex(endsSetUp);
  let at = end < 0 ? entries.length : end;
  for (let last = entries[at - 1]; last && isIdle(last); last = entries[at - 1]) at--;
  return at;
}

/** Fewer steps than this are told one by one. */
const WORTH_FOLDING = 3;

/** What a guest does not see is left out of its history. */
export function headlinesOf(entries: readonly Entry[]): readonly Headline[] {
  if (!entries.some(({ isElsewhere }) => isElsewhere)) return linesOf(entries);
  const places = [...entries.keys()].filter((at) => !entries[at]?.isElsewhere);
  const lines = linesOf(places.map((at) => must(entries[at])));
  return lines.map((line) => ({ ...line, first: must(places[line.first]), last: must(places[line.last]) }));
}

function linesOf(entries: readonly Entry[]): readonly Headline[] {
  const lines: Headline[] = [];
  let at = setUpCount(entries);
  if (at >= WORTH_FOLDING) {
    lines.push({ first: 0, last: at - 1, kind: "set-up", words: `set-up, ${count(at, "step")}`, isBad: false });
  } else at = 0;
  while (at < entries.length) {
    let idle = at;
    for (let entry = entries[idle]; entry && isIdle(entry); entry = entries[idle]) idle++;
    if (idle - at >= 2) {
      const words = `${count(idle - at, "scan")} without effect`;
      lines.push({ first: at, last: idle - 1, kind: "scans", words, isBad: false });
      at = idle;
    } else {
      const entry = entries[at];
      if (entry) lines.push({ first: at, last: at, kind: "event", ...eventWords(entry) });
      at++;
    }
  }
  return lines;
}

/** `05.0013 unbound: zlin03 −6, 6 zeroized`, in the words of the entry. */
export function eventWords(entry: Entry): Pick<Headline, "words" | "isBad"> {
  const { words } = entry;
  const { given } = entry;
  const guests = [...(given ? [{ ...given, guest: "this guest" }] : []), ...changesAnywhere(entry)];
  const parts = guests.flatMap(({ guest, mdev, run, gained, lost }) => {
    const name = guest === mdev ? `guest of ${mdev.slice(0, 8)}` : guest;
    if (run !== "went on") return [`${name} ${run === "started" ? "starts" : "stops"}`];
    const change = [
      ...(gained.length > 0 ? [`+${gained.length}`] : []),
      ...(lost.length > 0 ? [`−${lost.length}`] : []),
    ];
    return change.length === 0 ? [] : [`${name} ${change.join(" ")}`];
  });
  parts.push(...entry.inside.flatMap((one) => busWords(one)));
  const wiped = zeroizedAnywhere(entry).length;
  if (wiped > 0) parts.push(`${wiped} zeroized`);
  const isBad = isRefused(entry) || guests.some(({ run, lost }) => run === "went on" && lost.length > 0);
  return { words: parts.length === 0 ? words : `${words}: ${parts.join(", ")}`, isBad };
}

/** What the bus of a guest shows now and has not shown, or the other way round: `bus of g1 +1`. */
export function busWords({ path, came, went }: InsideChange): readonly string[] {
  if (came.length + went.length === 0) return [];
  const change = [...(came.length > 0 ? [`+${came.length}`] : []), ...(went.length > 0 ? [`−${went.length}`] : [])];
  return [`${path === "" ? "its bus" : `bus of ${path}`} ${change.join(" ")}`];
}
