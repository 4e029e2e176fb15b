// A whole history as the answer to one request: in pieces, as fast as it is taken.
import type { IncomingMessage, ServerResponse } from "node:http";
import { API_HEADERS } from "./answers.ts";
import type { Limits } from "./event-stream.ts";
import type { Growing } from "./page-source.ts";

const PIECE = 1 << 18;

/** What comes while it is being sent is left to the events. */
export function sendHistory(
  request: IncomingMessage,
  response: ServerResponse,
  history: Growing,
  { patience }: Pick<Limits, "patience">,
): void {
  const { start, end } = history;
  const length = history.header.length + end - start;
  response.writeHead(200, { ...API_HEADERS, "Content-Type": "application/jsonl", "Content-Length": length });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  let place = start;
  let deadline: NodeJS.Timeout | undefined;
  const pump = (): void => {
    clearTimeout(deadline);
    if (response.destroyed) return;
    while (place < end) {
      const piece = history.read(place, Math.min(PIECE, end - place));
      // What is no longer kept cannot be sent any more: who is that slow asks again.
      if (place < history.start || piece.length === 0) return void response.destroy();
      place += piece.length;
      if (response.write(piece)) continue;
      deadline = setTimeout(() => response.destroy(), patience);
      return;
    }
    response.end();
  };
  response.on("drain", pump);
  response.on("close", () => clearTimeout(deadline));
  response.write(history.header);
  pump();
}
