// The lock of all tools that change a host's AP configuration, around what mdevctl does: taken for mdevctl itself before it begins, and
// given back behind it. ap-check does it so.
import { dirname, join } from "node:path";
import { makeDirectories } from "../../guards/trusted-path.ts";
import { CONFIG_LOCK, isConfigLockOf, LOCK_PATIENCE, releaseConfigLock, takeConfigLock } from "./config-lock.ts";

/** The actions before and after which mdevctl calls its call-outs. */
const ACTIONS = ["define", "modify", "start", "stop", "undefine"];

export interface LockedCall {
  /** The lock's path, below the root that mdevctl may have been given. */
  readonly path: string;
  /** The process that waits for the call-out: mdevctl. */
  readonly holder: number;
}

export const lockOf = (root = "/", holder: number = process.ppid): LockedCall => ({
  path: join(root, CONFIG_LOCK),
  holder,
});

/**
 * Take the lock when mdevctl is about to do something, and give it back when that is done.
 *
 * @param call the call-out's work; if it refuses (not 0), mdevctl does nothing, and the lock is given back at once
 * @returns the call's answer, or one line on why there is no lock
 */
export async function withLock<T extends { readonly code: number }>(
  { path, holder }: LockedCall,
  { event, action }: { readonly event: string; readonly action: string },
  call: () => T,
): Promise<T | string> {
  const isAround = ACTIONS.includes(action);
  if (isAround && event === "post") releaseConfigLock(path, holder);
  const isTaken = isAround && (event === "pre" || event === "live");
  // Within one command mdevctl may ask again before it is done.
  if (!isTaken || isConfigLockOf(path, holder)) return call();
  makeRoomFor(path);
  const lock = await takeConfigLock({ path, patience: LOCK_PATIENCE, pid: holder, onWait: () => undefined });
  if (!lock.ok) return `${path} ${lock.message}`;
  const reply = call();
  if (reply.code !== 0 || event === "live") lock.release();
  return reply;
}

/** Another root need not have the directory. If it cannot be made, taking the lock says why. */
function makeRoomFor(path: string): void {
  try {
    makeDirectories(dirname(path));
  } catch {}
}
