// HOST:PORT as people write it, and which hosts a request may name.
import { isIP } from "node:net";
import { hostname } from "node:os";
import { must } from "../../system/ap/assert.ts";
import { WebError } from "./web-error.ts";

export interface WebAddress {
  readonly host: string;
  /** 0: any free port. Undefined: the usual port, or any if another server has it. */
  readonly port: number | undefined;
}

export const DEFAULT_HOST = "127.0.0.1";

const HIGHEST_PORT = 65_535;

/**
 * `HOST:PORT`, `[V6]:PORT`, `PORT` or `HOST`.
 *
 * @throws WebError
 */
export function parseWebAddress(text: string): WebAddress {
  const wrong = (what: string) =>
    new WebError(`"${text}" is not an address to serve at: ${what}, such as ${DEFAULT_HOST}:8080`);
  if (/^\d+$/.test(text)) return { host: DEFAULT_HOST, port: portOf(text, wrong) };
  if (isIP(text) === 6) throw wrong("an IPv6 address stands in brackets");
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\d+))?$/.exec(text);
  if (!match?.groups) throw wrong("expected HOST:PORT");
  const { v6, name, port } = match.groups;
  if (v6 !== undefined && isIP(v6) !== 6) throw wrong("in brackets stands an IPv6 address");
  return { host: must(v6 ?? name), port: port === undefined ? undefined : portOf(port, wrong) };
}

function portOf(text: string, wrong: (what: string) => WebError): number {
  const port = Number(text);
  if (port > HIGHEST_PORT) throw wrong(`a port is 0..${HIGHEST_PORT}`);
  return port;
}

/** For a browser on this machine. */
export function urlOf(host: string, port: number): string {
  const reachable = isWildcard(host) ? DEFAULT_HOST : host;
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}/`;
}

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** What browsers on this machine usually call it. */
const THIS_MACHINE = ["127.0.0.1", "localhost", "::1"];

export const isLoopback = (host: string): boolean =>
  /^127(?:\.\d+){3}$/.test(host) || host === "::1" || host === "localhost" || host.endsWith(".localhost");

/**
 * Whether a request's Host can mean this server. A site whose name was made to lead to this machine (DNS rebinding) sends its own name
 * there, so only names that are known to be ours are accepted.
 *
 * @param allowed further names that lead here, such as that of a proxy
 */
export function hostCheck(bound: string, allowed: readonly string[]): (host: string | undefined) => boolean {
  const names = new Set([...allowed, bound].map((name) => name.toLowerCase()));
  // Of a page that only this machine reaches these are names if it is bound to one of them; of a page for others they always are.
  if (!isLoopback(bound) || THIS_MACHINE.includes(bound.toLowerCase()))
    for (const name of THIS_MACHINE) names.add(name);
  if (!isLoopback(bound)) names.add(hostname().toLowerCase());
  return (header) => {
    const host = hostOf(header);
    if (host === undefined) return false;
    return names.has(host) || (isWildcard(bound) && isIP(host) !== 0);
  };
}

/** Of `HOST` or `HOST:PORT`, without brackets. */
function hostOf(header: string | undefined): string | undefined {
  const groups = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header ?? "")?.groups;
  return (groups?.v6 ?? groups?.name)?.toLowerCase();
}
