// Where a reader goes on in a history that it has seen up to some line. Numbers of lines ascend, so this is a binary search.
import type { Growing } from "./page-source.ts";

const PIECE = 1 << 14;
const NEWLINE = 0x0a;
/** Of a line, enough to hold its number. */
const BEGINNING = 32;

/**
 * @param seen i of the last line that the reader has
 * @returns where the first line begins that comes after it
 */
export function placeAfter(history: Growing, seen: number): number {
  const isSeen = (place: number): boolean => place < history.end && numberAt(history, place) <= seen;
  // If any line is seen, one begins at low; the first line that begins after high is not seen.
  let [low, high] = [history.start, history.end];
  while (high - low > PIECE) {
    const middle = Math.floor((low + high) / 2);
    const next = nextLine(history, middle);
    if (isSeen(next)) low = next;
    else high = middle;
  }
  while (isSeen(low)) low = nextLine(history, low);
  return low;
}

/** Where the first line after a place begins. */
function nextLine(history: Growing, place: number): number {
  for (let from = place; from < history.end; from += PIECE) {
    const end = history.read(from, PIECE).indexOf(NEWLINE);
    if (end >= 0) return from + end + 1;
  }
  return history.end;
}

/** Every line that is added begins with its number; a line without one was there before all of them. */
function numberAt(history: Growing, place: number): number {
  const number = /^\{"i":(\d+)/.exec(history.read(place, BEGINNING).toString("latin1"))?.[1];
  return number === undefined ? 0 : Number(number);
}
