// The page's side of the interface, without a browser: what a source is, its history, operations on it.
import { API, type SourceInfo, TOKEN_HEADER } from "../../page/protocol/protocol.ts";
import { ask, type EventReader, readEvents } from "./web-client.ts";

/** The address in what a command says. */
export function urlIn(text: string): string {
  const url = /http:\/\/\S+/.exec(text)?.[0];
  if (url === undefined) throw new Error(`no address in: ${text}`);
  return url;
}

export class PageClient {
  readonly url: string;
  readonly info: SourceInfo;

  private constructor(url: string, info: SourceInfo) {
    this.url = url;
    this.info = info;
  }

  static async open(url: string): Promise<PageClient> {
    return new PageClient(url, JSON.parse((await ask(url, `/${API.source}`)).body) as SourceInfo);
  }

  /** Lines, the header first. */
  async history(): Promise<readonly string[]> {
    return (await ask(this.url, `/${API.history}`)).body.trimEnd().split("\n");
  }

  /** What comes after the history as it is now. */
  async events(): Promise<EventReader> {
    const { i } = JSON.parse((await this.history()).at(-1) as string) as { readonly i: number };
    return await readEvents(this.url, `/${API.events}?after=${i}`);
  }

  async operate(
    operation: string | object,
  ): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> {
    const body = typeof operation === "string" ? operation : JSON.stringify(operation);
    const headers = { "content-type": "application/json", [TOKEN_HEADER]: this.info.token ?? "" };
    const { status, body: answer } = await ask(this.url, `/${API.operations}`, { method: "POST", headers, body });
    return { status, answer: JSON.parse(answer) as Record<string, unknown> };
  }
}
