// The moment, the queue and the layers in the page's address, so that a link leads to them: #t=12&q=04.0047&m=UUID&s=guest&l=dg&open=FILE.
import { formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { galleryItem } from "./gallery-items.ts";
import { goTo, open, showSession } from "./page.ts";
import { LAYERS, type Layer, layersWhere, notify, SCOPES, state } from "./page-state.ts";
import type { Session } from "./session.ts";

/** Which sessions came out of the gallery, by which links name them, and how long they were then: what was done since is only here. */
const fromGallery = new WeakMap<Session, { readonly file: string; readonly last: number }>();

export function openGalleryItem(file: string): boolean {
  const item = galleryItem(file);
  if (!item) {
    notify(`${file}: the gallery has nothing of this name`, true);
    return false;
  }
  const untouched = state.get().sessions.find((session) => {
    const origin = fromGallery.get(session);
    return origin?.file === item.file && origin.last === session.last;
  });
  if (untouched) {
    showSession(untouched);
    return true;
  }
  const opened = open(item.text, item.file);
  if (opened.ok) fromGallery.set(opened.session, { file: item.file, last: opened.session.last });
  return opened.ok;
}

/** Whether an address can lead to the moment: what was dropped on the page, branched off or done here is only in this browser. */
export function canBeLinked(session: Session, index: number): boolean {
  const isServed = session.live || session.send === null;
  return isServed || index <= (fromGallery.get(session)?.last ?? -1);
}

/** Letters of the layers in addresses: two of their names begin with the same one. */
const LETTERS: Readonly<Record<Layer, string>> = { machine: "m", host: "h", mdev: "d", guest: "g" };

/** Show what the address says. */
export function readAddress(): void {
  const said = new URLSearchParams(location.hash.slice(1));
  const file = said.get("open");
  const { session: before } = state.get();
  if (file && (!before || file !== fromGallery.get(before)?.file)) openGalleryItem(file);
  const letters = said.get("l");
  const layers = letters ? layersWhere((layer) => letters.includes(LETTERS[layer])) : state.get().layers;
  const selected = parseApqn(said.get("q") ?? "");
  const scope = SCOPES.find((one) => one === said.get("s")) ?? "all";
  state.set({ selected, mdev: said.get("m") ?? undefined, layers, scope });
  if (selected !== undefined) state.set({ panel: "queue" });
  const { session } = state.get();
  const i = Number(said.get("t") ?? Number.NaN);
  const index = session?.timeline.entries.findIndex((entry) => entry.i === i) ?? -1;
  if (index >= 0) goTo(index);
}

/** The address of what is shown. */
export function addressOfMoment(): string {
  const { session, index, follows, selected, mdev, layers, scope } = state.get();
  const parts = new URLSearchParams();
  const file = session && fromGallery.get(session)?.file;
  if (file !== undefined) parts.set("open", file);
  const entry = session?.timeline.entries[index];
  if (entry && !follows) parts.set("t", `${entry.i}`);
  if (selected !== undefined) parts.set("q", formatApqn(selected));
  if (mdev !== undefined) parts.set("m", mdev);
  if (scope !== "all") parts.set("s", scope);
  const shown = LAYERS.filter((layer) => layers[layer]);
  if (shown.length < LAYERS.length) parts.set("l", shown.map((layer) => LETTERS[layer]).join(""));
  return `#${parts.toString().replaceAll("%2F", "/")}`;
}

/** Keep the address up to date with the page, and the page with the address. */
export function followAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  state.follow(() => {
    // Not at every moment while the slider is dragged: browsers allow few changes a second.
    clearTimeout(timer);
    timer = setTimeout(() => {
      const address = addressOfMoment();
      if (address !== location.hash && !(address === "#" && location.hash === ""))
        history.replaceState(null, "", address);
    }, 300);
  });
  addEventListener("hashchange", readAddress);
}
