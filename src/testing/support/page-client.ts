// The page's side of the interface, without a browser: what a source is, its history, operations on it.
import { API, type SourceInfo, TOKEN_HEADER } from "../../page/protocol/page-protocol.ts";
import { ask, type EventReader, readEvents } from "./web-client.ts";

/** The address in what a command says. */
export function urlIn(text: string): string {
  const url = /http:\/\/\S+/.exec(text)?.[0];
  if (url === undefined) throw new Error(`no address in: ${text}`);
  return url;
}

/** A path of the page at an address; a link's page is below a place of its own. */
export const pathIn = (url: string, path: string): string => new URL(url).pathname + path;

export class PageClient {
  readonly url: string;
  readonly info: SourceInfo;
  /** What a browser sends with every request. */
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(url: string, info: SourceInfo, headers: Readonly<Record<string, string>>) {
    this.url = url;
    this.info = info;
    this.#headers = headers;
  }

  /** @param url with the key of a link, if the page needs one */
  static async open(url: string): Promise<PageClient> {
    const { search } = new URL(url);
    const [cookie = ""] = search === "" ? [] : ((await ask(url, pathIn(url, search))).headers["set-cookie"] ?? []);
    const headers = { cookie: cookie.split(";")[0] as string };
    const { body } = await ask(url, pathIn(url, API.source), { headers });
    return new PageClient(url, JSON.parse(body) as SourceInfo, headers);
  }

  /** Lines, the header first. */
  async history(): Promise<readonly string[]> {
    return (await ask(this.url, pathIn(this.url, API.history), { headers: this.#headers })).body.trimEnd().split("\n");
  }

  /** What comes after the history as it is now. */
  async events(): Promise<EventReader> {
    const { i } = JSON.parse((await this.history()).at(-1) as string) as { readonly i: number };
    return await readEvents(this.url, pathIn(this.url, `${API.events}?after=${i}`), this.#headers);
  }

  async operate(
    operation: string | object,
  ): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> {
    const body = typeof operation === "string" ? operation : JSON.stringify(operation);
    const headers = { ...this.#headers, "content-type": "application/json", [TOKEN_HEADER]: this.info.token ?? "" };
    const { status, body: answer } = await ask(this.url, pathIn(this.url, API.operations), {
      method: "POST",
      headers,
      body,
    });
    return { status, answer: JSON.parse(answer) as Record<string, unknown> };
  }
}
