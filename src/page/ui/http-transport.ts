// Talks to `apmatrix serve` or to a lab, by addresses relative to the page.

import type { Answer } from "../../system/trace/answer.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { API, type SourceInfo, TOKEN_HEADER } from "../protocol/page-protocol.ts";
import type { HistoryTransport } from "./history-transport.ts";

/** @returns undefined if there is no server of ours, as for files opened from a disk or put on any web server */
export async function httpTransport(): Promise<HistoryTransport | undefined> {
  if (!location.protocol.startsWith("http")) return undefined;
  const info = await askForSource();
  if (!info) return undefined;
  return {
    info,
    history: async () => {
      const response = await fetch(API.history);
      if (!response.ok) throw new Error(await reasonOf(response));
      return await response.text();
    },
    follow: (after, line, trouble) => followEvents(info, after, line, trouble),
    send: async (operation) => {
      const response = await fetch(API.operations, {
        method: "POST",
        headers: { "content-type": "application/json", [TOKEN_HEADER]: info.token ?? "" },
        body: JSON.stringify(operationToJson(operation)),
      });
      if (!response.ok) throw new Error(await reasonOf(response));
      return (await response.json()) as Answer;
    },
  };
}

/** Milliseconds until a refused stream is asked for again. */
const AGAIN = 3000;

/** A stream does not tell the page why it was refused; the history is refused for the same reason. */
async function whyRefused(): Promise<string> {
  try {
    const response = await fetch(API.history);
    return response.ok ? "The events do not come" : `The server says: ${await reasonOf(response)}`;
  } catch {
    return "The server does not answer";
  }
}

/** A stream of lines, opened again whenever it breaks. */
function followEvents(
  info: SourceInfo,
  after: number,
  line: (text: string) => void,
  trouble: (sentence: string | undefined) => void,
): () => void {
  let events: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isBroken = false;
  // The number of the last line that came, which is the id of its event.
  let last = `${after}`;
  const begin = (): void => {
    events = new EventSource(`${API.events}?after=${last}`);
    events.onmessage = ({ data, lastEventId }) => {
      if (lastEventId !== "") last = lastEventId;
      line(data as string);
    };
    events.onopen = async () => {
      // After a break another lab, with another history, may answer at this address.
      if (isBroken && (await askForSource())?.token !== info.token) location.reload();
      isBroken = false;
      trouble(undefined);
    };
    events.onerror = () => {
      isBroken = true;
      const isFinal = events.readyState === EventSource.CLOSED;
      if (!isFinal) trouble("The server does not answer; trying again");
      else void whyRefused().then((why) => isBroken && trouble(`${why}; trying again`));
      // A browser does not try again after a refusal, and some do not if nobody listens: this finds a lab that was started again.
      clearTimeout(timer);
      if (isFinal) timer = setTimeout(begin, AGAIN);
    };
  };
  begin();
  return () => {
    clearTimeout(timer);
    events.close();
  };
}

async function askForSource(): Promise<SourceInfo | undefined> {
  try {
    const response = await fetch(API.source);
    if (!response.ok) return undefined;
    // Without a server of ours this is a file of the bundle that holds null, so that fetching it is not an error.
    return ((await response.json()) as SourceInfo | null) ?? undefined;
  } catch {
    return undefined;
  }
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { readonly error?: string };
    return error ?? response.statusText;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}
