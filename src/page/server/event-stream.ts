// A history as server-sent events, for as long as somebody listens. A reader is only a place in the history: a slow one costs
// nothing but its connection, and loses it if it takes nothing for too long.
import type { ServerResponse } from "node:http";
import type { Growing } from "./page-source.ts";

export interface Limits {
  /** Milliseconds for a request to be complete. */
  readonly request: number;
  /** Milliseconds between comments that keep proxies from closing a silent connection. */
  readonly heartbeat: number;
  /** How long a reader may take nothing, in milliseconds. */
  readonly patience: number;
}

export const LIMITS: Limits = { request: 10_000, heartbeat: 15_000, patience: 30_000 };

/** Bytes that are read and sent at once; a longer line is sent whole. */
const PIECE = 1 << 16;
const NEWLINE = 0x0a;

/**
 * Send all lines from a place on, and each further one as it comes.
 *
 * @param onEnd called once, when the reader is gone
 */
export function streamEvents(
  history: Growing,
  from: number,
  response: ServerResponse,
  limits: Limits,
  onEnd: () => void,
): void {
  let place = from;
  let isFull = false;
  let isPlanned = false;
  let deadline: NodeJS.Timeout | undefined;

  const send = (text: string | Buffer): void => {
    if (isFull || response.write(text)) return;
    isFull = true;
    deadline = setTimeout(() => response.destroy(), limits.patience);
  };
  const pump = (): void => {
    isPlanned = false;
    while (!isFull && !response.destroyed && place < history.end) {
      place = Math.max(place, history.start);
      const lines = wholeLines(history, place);
      if (lines.length === 0) break;
      place += lines.length;
      send(asEvents(lines));
    }
    if (history.isLost && place >= history.end) response.end();
  };
  // Many lines may come at once: they are sent together.
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(pump);
  };
  const stopListening = history.listen(plan);
  const heartbeat = setInterval(() => send(":\n\n"), limits.heartbeat);
  response.on("drain", () => {
    clearTimeout(deadline);
    isFull = false;
    pump();
  });
  response.on("close", () => {
    clearTimeout(deadline);
    clearInterval(heartbeat);
    stopListening();
    onEnd();
  });
  // So that the reader knows that it is connected, and comes back soon if the connection breaks.
  send("retry: 1000\n\n");
  pump();
}

/** Lines from a place on: about a piece, and at least one line. */
function wholeLines(history: Growing, place: number): Buffer {
  for (let most = PIECE; ; most *= 4) {
    const read = history.read(place, most);
    const end = read.lastIndexOf(NEWLINE) + 1;
    if (end > 0 || read.length < most) return read.subarray(0, end > 0 ? end : read.length);
  }
}

function asEvents(lines: Buffer): string {
  const events: string[] = [];
  for (const line of lines.toString("utf8").split("\n")) {
    if (line === "") continue;
    const i = /^\{"i":(\d+)/.exec(line)?.[1];
    events.push(i === undefined ? `data: ${line}\n\n` : `id: ${i}\ndata: ${line}\n\n`);
  }
  return events.join("");
}
