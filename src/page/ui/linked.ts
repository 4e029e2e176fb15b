// Which histories a link can name: what a server of ours gives, what is built into the page, and either of them under another kernel.
// What was dropped on the page, branched off or done here is only in this browser.
import { shortened } from "../../system/ap/quoted.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { galleryItem } from "./gallery-items.ts";
import { open, showSession } from "./page.ts";
import { notify, state } from "./page-state.ts";
import type { Session } from "./session.ts";

/** Which sessions came out of the gallery, by which links name them, and how long they were then: what was done since is only here. */
const fromGallery = new WeakMap<Session, { readonly file: string; readonly last: number }>();

/** The file of the gallery that a session is; undefined for any other. */
export const galleryFile = (session: Session): string | undefined => fromGallery.get(session.whole)?.file;

export function openGalleryItem(file: string): boolean {
  const item = galleryItem(file);
  if (!item) {
    notify(`${shortened(file)}: the gallery has nothing of this name`, true);
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

export const isServed = (session: Session): boolean => session.live || session.send === null;

/** Whether a link can lead to this moment of a history. */
export function canBeLinked({ whole: session }: Session, index: number): boolean {
  const base = session.replayed;
  if (base) return index <= base.index && canBeLinked(base.session, base.index);
  return isServed(session) || index <= (fromGallery.get(session)?.last ?? -1);
}

/** By what they are of. They are kept for as long as that is there, so that a link that is followed twice does not replay it twice. */
const replays = new WeakMap<Session, Session[]>();

/** Whether its operations are known, and not only its moments. */
export const canBeReplayed = ({ history }: Session): boolean =>
  history.entries.every(({ operation }) => operation !== undefined);

/**
 * What another kernel would have done.
 *
 * @param index up to here the operations are the same
 * @param kernel name of one that the page offers
 * @returns the history itself if it is of that kernel; undefined if there is no such kernel, or the operations are not known
 */
export function underKernel(session: Session, index: number, kernel: string): Session | undefined {
  const base = session.replayed && session.last === session.replayed.index ? session.replayed.session : session;
  if (base.history.profile.name === kernel) return base;
  const profile = PROFILES.find(({ name }) => name === kernel);
  if (!profile || !canBeReplayed(base)) return undefined;
  const known = replays.get(base) ?? [];
  const same = known.find(
    ({ history, last, replayed }) => history.profile === profile && last === index && replayed?.index === index,
  );
  const replay = same ?? base.under(profile, index);
  if (!same) replays.set(base, [...known, replay]);
  return replay;
}

/** Shows what another kernel would have done up to this moment, beside what is shown. */
export function showUnder(session: Session, index: number, kernel: string): void {
  const other = underKernel(session, index, kernel);
  if (!other || other === session) return;
  showSession(other, Math.min(index, other.last));
  state.set({ reference: { session, index } });
}
