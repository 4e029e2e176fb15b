// A whole history as the answer to one request: in pieces, as fast as the reader takes them.
import type { IncomingMessage, ServerResponse } from "node:http";
import { API_HEADERS } from "./answers.ts";
import type { Limits } from "./event-stream.ts";
import type { Growing } from "./page-source.ts";

const PIECE = 1 << 18;

/** Lines that come while it is being sent are not part of it: the events have them. */
export function sendHistory(
  request: IncomingMessage,
  response: ServerResponse,
  history: Growing,
  { patience }: Pick<Limits, "patience">,
): void {
  const { start, end } = history;
  const length = history.header.length + end - start;
  response.writeHead(200, { ...API_HEADERS, "Content-Type": "application/jsonl", "Content-Length": length });
  if (request.method === "HEAD") return void response.end();
  let place = start;
  let deadline: NodeJS.Timeout | undefined;
  const pump = (): void => {
    clearTimeout(deadline);
    if (response.destroyed) return;
    while (place < end) {
      const piece = history.read(place, Math.min(PIECE, end - place));
      // Lines that are no longer kept cannot be sent: so slow a reader has to ask again.
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
