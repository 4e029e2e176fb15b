// How answers are written: the headers that all of them have, JSON, files of the bundle.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BundleFile } from "./bundle.ts";

/** Nothing from elsewhere, nothing inline, in no frame, and no referrer is sent to other sites. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

export function setCommonHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(COMMON_HEADERS)) response.setHeader(name, value);
}

/** Answers of the interface must not be cached. */
export const API_HEADERS = { "Cache-Control": "no-store" } as const;

export function answerJson(response: ServerResponse, status: number, json: object): void {
  const body = Buffer.from(`${JSON.stringify(json)}\n`);
  response.writeHead(status, { ...API_HEADERS, "Content-Type": "application/json", "Content-Length": body.length });
  // For HEAD, Node sends only the headers.
  response.end(body);
}

export const answerError = (response: ServerResponse, status: number, error: string): void =>
  answerJson(response, status, { error });

export function answerFile(request: IncomingMessage, response: ServerResponse, { type, body, tag }: BundleFile): void {
  // May be cached, but must be asked for again: another version of the page may be served here next time.
  const headers = { "Cache-Control": "no-cache", ETag: tag };
  if (request.headers["if-none-match"] === tag) response.writeHead(304, headers).end();
  else response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": body.length }).end(body);
}
