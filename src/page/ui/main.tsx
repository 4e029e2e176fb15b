// The page starts here: where it gets its history (a server of ours, Cockpit, nowhere), what it shows first, and what it listens to.
import { must } from "../../system/ap/assert.ts";
import "./no-eval.ts";
import { render } from "preact";
import { followAddress, readAddress } from "./address.ts";
import { App } from "./app.tsx";
import { cockpitTransport } from "./cockpit-transport.ts";
import { feed } from "./feed.ts";
import { FIRST_ITEM } from "./gallery-items.ts";
import { httpTransport } from "./http-transport.ts";
import { listenForKeys } from "./keys.ts";
import { openGalleryItem } from "./linked.ts";
import { acceptDrops } from "./open-files.ts";
import { notify, state } from "./page-state.ts";
import { offerScripting } from "./scripting.ts";
import { followTheme } from "./theme.ts";

/** Milliseconds until the page says that it waits: sooner, that would only be one more picture before the first. */
const PATIENCE = 150;

async function start(): Promise<void> {
  followTheme();
  // Asked for before anything is drawn.
  const source = transportOf();
  source.catch(() => undefined);
  const begin = () => render(<App />, must(document.getElementById("page")));
  const waits = setTimeout(begin, PATIENCE);
  listenForKeys();
  acceptDrops();
  try {
    const transport = await source;
    if (transport) await feed(transport);
    else openFirst();
  } catch (error) {
    openFirst();
    notify(`${(error as Error).message}. Shown is a host of this browser.`, true);
  }
  readAddress();
  clearTimeout(waits);
  begin();
  followAddress();
  offerScripting();
}

const transportOf = async () => (await cockpitTransport()) ?? (await httpTransport());

const openFirst = (): void => {
  const wanted = new URLSearchParams(location.hash.slice(1)).get("open");
  if (wanted !== null && openGalleryItem(wanted)) return;
  const { notice } = state.get();
  openGalleryItem(FIRST_ITEM);
  if (notice) state.set({ notice });
};

void start();
