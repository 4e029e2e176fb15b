// A browser's part in tests of the page's server, and a stranger's: requests with any header, bytes that are not requests, events.
import { type IncomingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const PATIENCE = 10_000;

/** @param path sent unchanged, however odd */
export function ask(
  url: string,
  path: string,
  { method = "GET", headers = {}, body }: WebRequest = {},
): Promise<WebAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { connection: "close", ...headers }, timeout: PATIENCE };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A connection for bytes of any kind. */
export function rawConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** What the other end sends until it ends the connection, or until the time is over. */
export function untilClosed(socket: Socket, milliseconds = PATIENCE): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.resume();
  });
}

export interface EventReader {
  readonly status: number;
  /** Lines that came so far, as data of events. */
  readonly lines: readonly string[];
  /** Their ids. */
  readonly ids: readonly string[];
  /** Resolves when this many lines have come. */
  have(count: number): Promise<readonly string[]>;
  readonly ended: Promise<void>;
  close(): void;
}

/** Server-sent events, as a browser reads them. */
export function readEvents(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const { hostname, port } = new URL(url);
  const lines: string[] = [];
  const ids: string[] = [];
  let told = (): void => undefined;
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers }, (response) => {
      let rest = "";
      let end = (): void => undefined;
      const ended = new Promise<void>((go) => {
        end = go;
      });
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop() as string;
        for (const part of parts) {
          if (part.startsWith("data: ")) lines.push(part.slice(6));
          if (part.startsWith("id: ")) ids.push(part.slice(4));
        }
        told();
      });
      response.on("error", () => undefined);
      response.on("close", () => end());
      const have = (count: number) =>
        new Promise<readonly string[]>((go, fail) => {
          const timer = setTimeout(() => fail(new Error(`${lines.length} of ${count} lines came`)), PATIENCE);
          told = () => {
            if (lines.length < count) return;
            clearTimeout(timer);
            go(lines);
          };
          told();
        });
      resolve({ status: response.statusCode ?? 0, lines, ids, have, ended, close: () => sent.destroy() });
    });
    sent.on("error", reject);
    sent.end();
  });
}
