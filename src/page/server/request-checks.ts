// Who may ask for what. Any site that somebody visits can send requests to this machine: none of them may read or change anything.
import type { IncomingMessage } from "node:http";
import { TOKEN_HEADER } from "../protocol/page-protocol.ts";
import { isSame } from "./access.ts";

/** Why a request is refused. */
export interface RequestRefusal {
  readonly status: number;
  readonly error: string;
}

export interface Guard {
  /** Whether a Host header names this server. */
  readonly isOurs: (host: string | undefined) => boolean;
  readonly token: string;
}

/** What every request must fulfil. */
export function checkRequest(request: IncomingMessage, { isOurs }: Guard): RequestRefusal | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !isOurs(host)) {
    return { status: 421, error: "this server does not go by that name; name it with --allow-host if it shall" };
  }
  if (isOfAnotherSite(request.headers["sec-fetch-site"]) && request.headers["sec-fetch-mode"] !== "navigate") {
    return { status: 403, error: "another site may not ask here" };
  }
  if (origin !== undefined && !isSameSite(origin, host, isOurs)) {
    return { status: 403, error: "another site may not ask here" };
  }
  return undefined;
}

/** A browser calls another port of this machine the same site, but not the same origin. */
const isOfAnotherSite = (site: string | string[] | undefined): boolean => site === "cross-site" || site === "same-site";

/** A proxy may have changed the Host, or the port; then the origin must be one that was allowed. */
function isSameSite(origin: string, host: string, isOurs: Guard["isOurs"]): boolean {
  const site = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  if (site === undefined) return false;
  return site.toLowerCase() === host.toLowerCase() || (isOurs(site) && !isLocal(site));
}

/** Other servers on this machine, at other ports, are other sites. */
const isLocal = (site: string): boolean =>
  /^(?:localhost|127\.|\[::1\])/i.test(site) || /\.localhost(?::|$)/i.test(site);

/** What a request that changes something must fulfil, too. */
export function checkChange(request: IncomingMessage, { token }: Guard): RequestRefusal | undefined {
  // A form of another site cannot send this type without asking first, and the answer to that is no.
  if (!/^application\/json(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
    return { status: 415, error: 'expected an operation as "application/json"' };
  }
  const given = request.headers[TOKEN_HEADER.toLowerCase()];
  if (typeof given !== "string" || !isSame(given, token)) {
    return {
      status: 403,
      error: `expected the header ${TOKEN_HEADER} with the token of api/source; load the page again`,
    };
  }
  return undefined;
}
