// Talking to `apmatrix serve` or to a lab, by addresses relative to the page.
import { API, type SourceInfo, TOKEN_HEADER } from "../page/protocol.ts";
import type { Answer } from "../trace/answer.ts";
import { operationToJson } from "../trace/operation-json.ts";
import type { Transport } from "./transport.ts";

/** undefined: no server of ours is there, as for files opened from a disk or put on any web server. */
export async function httpTransport(): Promise<Transport | undefined> {
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
    follow: (after, line, trouble) => {
      const events = new EventSource(`${API.events}?after=${after}`);
      events.onmessage = ({ data }) => line(data as string);
      let isBroken = false;
      events.onopen = async () => {
        // After a break another lab may answer at this address: its history is another one.
        if (isBroken && (await askForSource())?.token !== info.token) location.reload();
        isBroken = false;
        trouble(undefined);
      };
      events.onerror = () => {
        isBroken = true;
        trouble("The server does not answer; trying again");
      };
      return () => events.close();
    },
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

async function askForSource(): Promise<SourceInfo | undefined> {
  try {
    const response = await fetch(API.source);
    if (!response.ok) return undefined;
    // Without a server of ours this is a file of the bundle that holds null, so that asking for it is no error.
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
