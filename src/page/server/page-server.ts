// The server of the page: its files, and the interface of page-protocol.ts. Every request is either answered or ended; none can stop the server.
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { API } from "../protocol/page-protocol.ts";
import { Access } from "./access.ts";
import { API_HEADERS, answerError, answerFile, answerJson, setCommonHeaders } from "./answers.ts";
import { type Bundle, readBundle } from "./bundle.ts";
import { LIMITS, type Limits, streamEvents } from "./event-stream.ts";
import { sendHistory } from "./history-answer.ts";
import { placeAfter } from "./line-place.ts";
import type { PageSource } from "./page-source.ts";
import { readBody } from "./request-body.ts";
import { checkChange, checkRequest, type Guard } from "./request-checks.ts";
import { hostCheck, urlOf, type WebAddress } from "./web-address.ts";
import { WebError } from "./web-error.ts";

interface PageServerOptions {
  readonly source: PageSource;
  readonly address: WebAddress;
  /** Further host names that lead to this server. */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly bundle?: Bundle;
  readonly limits?: Partial<Limits>;
  /** Everybody who can connect may see the page; otherwise only who has a link. */
  readonly isOpen?: boolean;
  /** A link has been used. */
  readonly onLinkUsed?: () => void;
  readonly onBug: (error: unknown) => void;
}

export interface PageServer {
  /** Where the page is: of one that needs its link, the link without its key. */
  readonly url: string;
  /** One more link, which lets one browser in, once. */
  link(): string;
  close(): void;
}

/** Connections at a time; a page needs two. */
const MOST_CONNECTIONS = 256;
const MOST_STREAMS = 64;
/** Name of the parameter that has a link's key. */
const KEY = "key";
const NEEDS_LINK =
  'this page needs its link, which is good once: it was printed where the page was started; of a lab, "apmatrix lab page" prints another';
/** This port is tried first, so that links stay valid from one start to the next. */
const USUAL_PORT = 8253;

interface Serving extends Guard {
  readonly source: PageSource;
  readonly bundle: Bundle;
  readonly limits: Limits;
  /** Undefined: everybody may see it. */
  access: Access | undefined;
  readonly onLinkUsed: () => void;
  streams: number;
}

/** @throws WebError the address cannot be used, or there is no page */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const { source, address, allowedHosts = [], limits, onBug } = options;
  const serving: Serving = {
    source,
    bundle: options.bundle ?? readBundle(),
    limits: { ...LIMITS, ...limits },
    isOurs: hostCheck(address.host, allowedHosts),
    token: randomBytes(24).toString("base64url"),
    access: undefined,
    onLinkUsed: options.onLinkUsed ?? (() => undefined),
    streams: 0,
  };
  const open = new Set<ServerResponse>();
  const { request: patience } = serving.limits;
  const timeouts = { requestTimeout: patience, headersTimeout: patience, connectionsCheckingInterval: patience / 10 };
  const server = createServer(timeouts, (request, response) => {
    // A client that sends a request before it has the last answer would make us keep answers: no browser does this.
    if (response.socket === null) return void request.socket.destroy();
    open.add(response);
    response.on("close", () => open.delete(response));
    answer(serving, request, response).catch((error: unknown) => {
      onBug(error);
      if (response.headersSent) response.destroy();
      else answerError(response, 500, "a bug of ours; the server's output says more");
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("clientError", (_, socket) => refuseGarbage(socket as Socket));
  const port = await listen(server, address);
  if (!options.isOpen) serving.access = new Access(port);
  server.on("error", onBug);
  const close = (): void => {
    // Nobody may go on reading a history that its owner is about to close.
    for (const response of open) response.destroy();
    server.close();
    server.closeAllConnections();
  };
  const url = `${urlOf(address.host, port)}${serving.access ? `${serving.access.place}/` : ""}`;
  const link = (): string => (serving.access ? `${url}?${KEY}=${serving.access.mint()}` : url);
  return { url, link, close };
}

async function listen(server: Server, { host, port }: WebAddress): Promise<number> {
  if (port === undefined && !(await tryPort(server, host, USUAL_PORT))) return USUAL_PORT;
  const error = await tryPort(server, host, port ?? 0);
  if (error === undefined) return (server.address() as AddressInfo).port;
  const why = error.code === "EADDRINUSE" ? "another server has it" : (error.code ?? error.message);
  throw new WebError(
    `the page cannot be served at ${host}:${port ?? "any port"}: ${why}; choose another with --web HOST:PORT`,
  );
}

/** @returns why the port cannot be used; undefined if it can */
function tryPort(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once("error", resolve);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", resolve);
      resolve(undefined);
    });
  });
}

/** What is not HTTP. */
function refuseGarbage(socket: Socket): void {
  if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  else socket.destroy();
}

async function answer(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that goes away is not an error of ours.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  setCommonHeaders(response);
  const refused = checkRequest(request, serving);
  if (refused) return answerError(response, refused.status, refused.error);
  const { path: whole, query } = addressOf(request.url ?? "");
  if (whole === undefined) return answerError(response, 400, "expected an address");
  const { access } = serving;
  const path = access ? access.inside(whole) : whole;
  if (path === undefined) return answerError(response, 401, NEEDS_LINK);
  const key = query.get(KEY);
  if (access && path === "" && key !== null) return answerLink(serving, response, access.redeem(key));
  if (access && !access.admits(request.headers.cookie)) return answerError(response, 401, NEEDS_LINK);
  if (path === API.operations) return await answerOperation(serving, request, response);
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return answerError(response, 405, "only GET and HEAD are answered here");
  }
  const { history, info } = serving.source;
  if (history.isLost && (path === API.history || path === API.events)) {
    return answerError(response, 503, `${info.name} is gone, or there was no room for its history`);
  }
  switch (path) {
    case API.source:
      return answerJson(response, 200, { ...info, token: serving.token });
    case API.history:
      return sendHistory(request, response, history, serving.limits);
    case API.events:
      return answerEvents(serving, request, response, query.get("after"));
  }
  const file = serving.bundle.get(path);
  if (file) answerFile(request, response, file);
  else answerError(response, 404, "there is nothing at this address");
}

/** A browser that comes by a link is sent on to the address without the key. */
function answerLink({ onLinkUsed }: Serving, response: ServerResponse, cookie: string | undefined): void {
  if (cookie === undefined) return void answerError(response, 401, NEEDS_LINK);
  response.writeHead(303, { ...API_HEADERS, Location: "./", "Set-Cookie": cookie }).end();
  onLinkUsed();
}

/** The path without the leading slash, as it was sent: none of our names needs escapes. */
function addressOf(url: string): { readonly path: string | undefined; readonly query: URLSearchParams } {
  const [path = "", query] = url.split("?", 2);
  return { path: path.startsWith("/") ? path.slice(1) : undefined, query: new URLSearchParams(query) };
}

function answerEvents(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  after: string | null,
): void {
  const seen = request.headers["last-event-id"] ?? after ?? "0";
  if (!/^\d{1,15}$/.test(String(seen)))
    return void answerError(response, 400, "expected after= and the number of a line");
  if (serving.streams >= MOST_STREAMS)
    return void answerError(response, 503, "too many readers; close some of the pages");
  response.writeHead(200, { ...API_HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" });
  if (request.method === "HEAD") return void response.end();
  serving.streams++;
  const { history } = serving.source;
  streamEvents(history, placeAfter(history, Number(seen)), response, serving.limits, () => serving.streams--);
}

async function answerOperation(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") {
    response.setHeader("Allow", "POST");
    return answerError(response, 405, "only POST is answered here");
  }
  const { operate } = serving.source;
  if (!operate) return answerError(response, 403, "this source is only shown; nothing can be done to it here");
  const refused = checkChange(request, serving);
  if (refused) return answerError(response, refused.status, refused.error);
  const body = await readBody(request);
  if (!body.ok) {
    // The rest of the body is not read.
    response.setHeader("Connection", "close");
    return answerError(response, body.status, body.error);
  }
  const operated = await operate(body.text);
  if ("error" in operated) answerError(response, 400, operated.error);
  else answerJson(response, 200, operated.answer);
}
