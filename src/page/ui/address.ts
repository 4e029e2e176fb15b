// The moment, the queue and the layers in the page's address, so that a link leads to them: #t=12&q=04.0047&m=UUID&l=dg&open=FILE.
import { formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { galleryItem } from "./gallery-items.ts";
import { goTo, open, showSession } from "./page.ts";
import { ALL_LAYERS, LAYERS, type Layer, type Layers, notify, state } from "./page-state.ts";
import type { Session } from "./session.ts";

/** What came out of the gallery, to be named in links, and how long it was then: what is done to it since is nowhere else. */
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

/** Whether an address leads to the moment: what was dropped on the page, branched off or done here is in this browser alone. */
export function canBeLinked(session: Session, index: number): boolean {
  const isServed = session.live || session.send === null;
  return isServed || index <= (fromGallery.get(session)?.last ?? -1);
}

/** Two layers begin with the same letter. */
const LETTERS: Readonly<Record<Layer, string>> = { machine: "m", host: "h", mdev: "d", guest: "g" };

/** None, or none that there is, would look like a broken page. */
function layersOf(letters: string): Layers {
  const on = Object.fromEntries(LAYERS.map((layer) => [layer, letters.includes(LETTERS[layer])]));
  return LAYERS.some((layer) => on[layer]) ? (on as unknown as Layers) : ALL_LAYERS;
}

/** Take over what the address says. */
export function readAddress(): void {
  const said = new URLSearchParams(location.hash.slice(1));
  const file = said.get("open");
  const { session: before } = state.get();
  if (file && (!before || file !== fromGallery.get(before)?.file)) openGalleryItem(file);
  const letters = said.get("l");
  const layers = letters ? layersOf(letters) : state.get().layers;
  state.set({ selected: parseApqn(said.get("q") ?? ""), mdev: said.get("m") ?? undefined, layers });
  const { session } = state.get();
  const i = Number(said.get("t") ?? Number.NaN);
  const index = session?.timeline.entries.findIndex((entry) => entry.i === i) ?? -1;
  if (index >= 0) goTo(index);
}

/** The address of what is shown. */
export function addressOfMoment(): string {
  const { session, index, follows, selected, mdev, layers } = state.get();
  const parts = new URLSearchParams();
  const file = session && fromGallery.get(session)?.file;
  if (file !== undefined) parts.set("open", file);
  const entry = session?.timeline.entries[index];
  if (entry && !follows) parts.set("t", `${entry.i}`);
  if (selected !== undefined) parts.set("q", formatApqn(selected));
  if (mdev !== undefined) parts.set("m", mdev);
  if (!LAYERS.every((layer) => layers[layer])) {
    parts.set(
      "l",
      LAYERS.filter((layer) => layers[layer])
        .map((layer) => LETTERS[layer])
        .join(""),
    );
  }
  return `#${parts.toString().replaceAll("%2F", "/")}`;
}

/** Keep the address as the page is, and the page as somebody changes the address. */
export function followAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  state.follow(() => {
    // Not at each moment of a scrub: browsers allow few changes a second.
    clearTimeout(timer);
    timer = setTimeout(() => {
      const address = addressOfMoment();
      if (address !== location.hash && !(address === "#" && location.hash === ""))
        history.replaceState(null, "", address);
    }, 300);
  });
  addEventListener("hashchange", readAddress);
}
