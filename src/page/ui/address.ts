// What is seen, in the page's address, so that a link leads to it: #open=FILE&t=12&q=04.0047&m=UUID&s=guest&l=dg&k=linux-6.8&c=11.
// docs/page.md says what each letter means. Whatever else stands there changes nothing.
import { formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { UNSEEN } from "../../system/ap/quoted.ts";
import { canBeLinked, galleryFile, isServed, openGalleryItem, underKernel } from "./linked.ts";
import { goTo, showSession } from "./page.ts";
import {
  ALL_LAYERS,
  ALL_STEPS,
  type Layer,
  layersWhere,
  offeredLayers,
  PANELS,
  type Reference,
  SCOPES,
  STEP_KINDS,
  state,
} from "./page-state.ts";
import type { Session } from "./session.ts";

/** Letters of the layers in addresses: two of their names begin with the same one. */
const LETTERS: Readonly<Record<Layer, string>> = {
  machine: "m",
  host: "h",
  mdev: "d",
  guest: "g",
  inside: "i",
};

/** Characters of the filter that a link can carry. */
const LONGEST_FILTER = 100;

/** Show what the address says. */
export function readAddress(): void {
  const said = new URLSearchParams(location.hash.slice(1));
  showHistory(said);
  const whole = state.get().session;
  if (!whole) return;
  const path = said.get("in") ?? "";
  const session = whole.history.pathsInside.includes(path) ? whole.within(path) : whole.whole;
  if (session !== whole) showSession(session);
  goTo(entryOf(session, said.get("t")) ?? session.last);
  const letters = said.get("l") ?? "";
  const selected = parseApqn(said.get("q") ?? "");
  const mdev = session.timeline.mdevs.find((uuid) => uuid === said.get("m"));
  state.set({
    selected,
    corner: selected === undefined ? undefined : parseApqn(said.get("n") ?? ""),
    mdev,
    scope: SCOPES.find((one) => one === said.get("s")) ?? "all",
    layers: letters === "" ? ALL_LAYERS : layersWhere((layer) => letters.includes(LETTERS[layer])),
    steps: {
      text: (said.get("f") ?? "").slice(0, LONGEST_FILTER).replace(UNSEEN, "").trim().toLowerCase(),
      kind: STEP_KINDS.find((one) => one === said.get("fk")) ?? ALL_STEPS.kind,
    },
    panel: PANELS.find((one) => one === said.get("p")) ?? (selected === undefined ? "trouble" : "queue"),
    reference: referenceOf(said, session),
  });
}

/** The history that is named: what is shown now or a file of the gallery, as it was or under another kernel. */
function showHistory(said: URLSearchParams): void {
  const file = said.get("open");
  const { sessions } = state.get();
  const before = state.get().session?.whole;
  const known = before && galleryFile(rootOf(before));
  if (file && file !== known) openGalleryItem(file);
  const served = sessions.find(isServed);
  if (!file && known !== undefined && served) showSession(served);
  const session = state.get().session?.whole;
  if (!session) return;
  const base = canBeLinked(session, session.last) ? rootOf(session) : session;
  const kernel = said.get("k");
  const other = kernel === null ? base : underKernel(base, entryOf(base, said.get("u")) ?? base.last, kernel);
  if (other && other !== session) showSession(other);
}

/** The history that a link names, whoever sees it, under whatever kernel. */
const rootOf = ({ whole }: Session): Session => whole.replayed?.session ?? whole;

/** The place of the entry with this number. */
function entryOf({ timeline }: Session, text: string | null): number | undefined {
  if (text === null || !/^\d{1,9}$/.test(text)) return undefined;
  const index = timeline.entries.findIndex(({ i }) => i === Number(text));
  return index < 0 ? undefined : index;
}

/** What the moment is compared with: another one of the same history, or one under another kernel. */
function referenceOf(said: URLSearchParams, session: Session): Reference | undefined {
  const root = rootOf(session);
  const at = entryOf(root, said.get("c"));
  if (at === undefined) return undefined;
  const kernel = said.get("ck") ?? root.history.profile.name;
  const isShown = kernel === session.history.profile.name && at <= session.last;
  const other = isShown ? session.whole : underKernel(root, at, kernel);
  const index = other && entryOf(other, said.get("c"));
  return other && index !== undefined ? { session: other.within(session.path), index } : undefined;
}

/** The address of what is shown. */
export function addressOfMoment(): string {
  const { session, index, follows, selected, corner, mdev, layers, scope, steps, panel, reference } = state.get();
  const parts = new URLSearchParams();
  if (session) addHistory(parts, session);
  const entry = session?.timeline.entries[index];
  if (entry && !follows) parts.set("t", `${entry.i}`);
  if (selected !== undefined) parts.set("q", formatApqn(selected));
  if (selected !== undefined && corner !== undefined) parts.set("n", formatApqn(corner));
  if (mdev !== undefined) parts.set("m", mdev);
  if (scope !== "all") parts.set("s", scope);
  const offered = offeredLayers();
  const shown = offered.filter((layer) => layers[layer]);
  if (shown.length < offered.length) parts.set("l", shown.map((layer) => LETTERS[layer]).join(""));
  if (panel !== (selected === undefined ? "trouble" : "queue")) parts.set("p", panel);
  if (steps.text !== "") parts.set("f", steps.text.slice(0, LONGEST_FILTER));
  if (steps.kind !== ALL_STEPS.kind) parts.set("fk", steps.kind);
  if (session && reference && comparisonCanBeLinked()) addReference(parts, session, reference);
  return `#${parts.toString().replaceAll("%2F", "/")}`;
}

function addHistory(parts: URLSearchParams, { whole, path }: Session): void {
  const { replayed, history } = whole;
  const file = galleryFile(rootOf(whole));
  if (file !== undefined) parts.set("open", file);
  if (path !== "") parts.set("in", path);
  if (!replayed || !canBeLinked(whole, whole.last)) return;
  parts.set("k", history.profile.name);
  if (replayed.index < replayed.session.last) parts.set("u", `${history.entries[whole.last]?.i}`);
}

/** Whether a link can name what is compared with: one of another file cannot stand in the same link. */
export function comparisonCanBeLinked(): boolean {
  const { session, reference } = state.get();
  if (!session || !reference) return true;
  return rootOf(reference.session) === rootOf(session) && canBeLinked(reference.session.whole, reference.index);
}

function addReference(parts: URLSearchParams, session: Session, { session: other, index }: Reference): void {
  parts.set("c", `${other.timeline.entries[index]?.i}`);
  const kernel = other.history.profile.name;
  if (kernel !== rootOf(session).history.profile.name) parts.set("ck", kernel);
}

/** Keep the address up to date with the page, and the page with the address. */
export function followAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** As the page has read or written it last: any other was written by somebody else, and is not to be lost. */
  let known = location.hash;
  const read = () => {
    known = location.hash;
    readAddress();
  };
  const write = () => {
    if (location.hash !== known) {
      read();
      return;
    }
    const address = addressOfMoment();
    if (address === known || (address === "#" && known === "")) return;
    history.replaceState(null, "", address);
    known = location.hash;
  };
  const soon = () => {
    // Not at every moment while the slider is dragged: browsers allow few changes a second.
    clearTimeout(timer);
    timer = setTimeout(write, 300);
  };
  state.follow(soon);
  // What was not understood does not stay there.
  soon();
  addEventListener("hashchange", () => {
    if (location.hash !== known) read();
  });
}
