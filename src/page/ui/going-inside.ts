// Into a guest that has a Linux of its own, and out of it: the page then shows that guest as a host, with the same moments.
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { state } from "./page-state.ts";
import type { Session } from "./session.ts";

/** Names of the guests that one can go into at the moment that is shown, in the order in which they were started. */
export function guestsToGoInto({ timeline }: Session, index: number): readonly string[] {
  if (!timeline.hasInside) return [];
  return timeline.lentPlayerAt(index)?.guestNames ?? [];
}

/** @param path name of a guest with its hosts before slashes; "" is the host */
export function goInto(path: string): void {
  const { session, reference } = state.get();
  if (!session || session.path === path) return;
  state.set({
    session: session.within(path),
    // What is chosen belongs to the machine that was shown.
    mdev: undefined,
    corner: undefined,
    scope: "all",
    reference: reference && { ...reference, session: reference.session.within(path) },
  });
}

/** @param name of a guest of the machine that is shown; without one, that of the mdev that is chosen, or else the first */
export function goIn(name?: string): void {
  const { session, index, mdev } = state.get();
  if (!session) return;
  const names = guestsToGoInto(session, index);
  const to = name ?? guestOf(session, index, mdev) ?? names[0];
  if (to !== undefined && names.includes(to)) goInto(session.path === "" ? to : `${session.path}/${to}`);
}

/** The running guest of an mdev. */
function guestOf({ timeline }: Session, index: number, uuid: string | undefined): string | undefined {
  const host = timeline.hostAt(index);
  const mdev = uuid === undefined ? undefined : mdevNamed(host, uuid);
  return mdev?.guest === undefined ? undefined : host.state.names.nameOf(mdev.guest);
}

/** To the host of the guest that is shown. */
export function goOut(): void {
  const { session } = state.get();
  if (session) goInto(session.path.slice(0, Math.max(0, session.path.lastIndexOf("/"))));
}
