// Where in a history a reader goes on that has seen it up to some line. Looked for from the end, because readers that come back were
// there a moment ago.
import type { Growing } from "./page-source.ts";

const CHUNK = 1 << 16;
const NEWLINE = 0x0a;

/**
 * @param seen i of the last line that the reader has
 * @returns where the first line begins that comes after it
 */
export function placeAfter(history: Growing, seen: number): number {
  // What has been read, from `at` on; a line's beginning is only known with the end of the line before.
  let at = history.end;
  let text: Buffer = Buffer.alloc(0);
  let place = history.end;
  while (at > history.start) {
    const from = Math.max(history.start, at - CHUNK);
    text = Buffer.concat([history.read(from, at - from), text]);
    at = from;
    for (;;) {
      const lineEnd = place - at - 1;
      const before = lineEnd <= 0 ? -1 : text.lastIndexOf(NEWLINE, lineEnd - 1);
      if (before < 0 && at > history.start) break;
      const begins = before + 1;
      const i = numberOf(text.toString("latin1", begins, Math.min(begins + 64, lineEnd)));
      if (i === undefined || i <= seen) return place;
      place = at + begins;
      if (before < 0) return place;
    }
    // Lines that have been looked at need not be kept.
    text = text.subarray(0, place - at);
  }
  return place;
}

/** Every line that is written here begins with its number. */
function numberOf(line: string): number | undefined {
  const number = /^\{"i":(\d+)/.exec(line)?.[1];
  return number === undefined ? undefined : Number(number);
}
