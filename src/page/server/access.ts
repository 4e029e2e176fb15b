// Who may see a page: whoever has its link. Every user of the machine can connect to a port, so a link has a key that nobody can guess, and
// that works once; whoever uses it gets a cookie, and is known by that from then on. Browsers keep cookies by the name of a machine, not by
// port, so a server of another user on this machine would be sent ours: the page is below a place that only its readers know, and so is the
// cookie.
import { randomBytes, timingSafeEqual } from "node:crypto";

/** How many unused links are valid; with one more, the oldest stops working. */
const MOST_LINKS = 64;

const secret = (): string => randomBytes(24).toString("base64url");

export function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

export class Access {
  readonly #name: string;
  readonly #session = secret();
  /** Where the page is on its server: the first name of every path. */
  readonly place = randomBytes(9).toString("base64url");
  #keys: string[] = [];

  /** @param port of the server: cookies of all servers of a machine are kept together */
  constructor(port: number) {
    this.#name = `apmatrix-${port}`;
  }

  /** The key of one more link. */
  mint(): string {
    const key = secret();
    this.#keys = [...this.#keys, key].slice(-MOST_LINKS);
    return key;
  }

  /** @returns the cookie for whoever has the key of a link that was not used before */
  redeem(key: string): string | undefined {
    const isKnown = this.#keys.some((known) => isSame(known, key));
    this.#keys = this.#keys.filter((known) => !isSame(known, key));
    // Without a path, it is sent to what is beside the link, whatever a proxy has before that.
    return isKnown ? `${this.#name}=${this.#session}; HttpOnly; SameSite=Strict` : undefined;
  }

  /** The path as the page has it; undefined if it is not in our place. */
  inside(path: string): string | undefined {
    return path.startsWith(`${this.place}/`) ? path.slice(this.place.length + 1) : undefined;
  }

  /** @param cookies the header of a request */
  admits(cookies: string | undefined): boolean {
    return (cookies ?? "").split(";").some((cookie) => {
      const [name = "", value = ""] = cookie.trim().split("=", 2);
      return name === this.#name && isSame(value, this.#session);
    });
  }
}
