// The driver's resets: zeroize a queue, wait for it, release its interrupts, remember whether a guest may still have it.
// Rows without faults are done as rows: a full adapter costs a few word operations. docs/kernel/hotplug.md §12.
import { type Apqn, apqnOf } from "../ap/apqn.ts";
import { type Apid, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import { RC, type ResponseCode } from "../ap/response-code.ts";
import { tell } from "../bus/ap-bus.ts";
import { resetQueue, testCard } from "../machine/hardware.ts";
import type { Host } from "./host.ts";
import { releaseInterrupts } from "./interrupts.ts";

/** A queue that answered so to its last reset may be given to a guest. */
function isPassable({ profile: { reset } }: Host, rc: ResponseCode): boolean {
  if (rc === RC.normal) return true;
  return (reset !== "impatient" && rc === RC.deconfigured) || (reset === "background" && rc === RC.checkstopped);
}

/** The driver gives a queue's interrupt resources back after these answers; after any other it keeps them. */
const releasesInterrupts = ({ profile }: Host, rc: ResponseCode): boolean =>
  rc === RC.normal ||
  rc === RC.deconfigured ||
  (profile.reset !== "standby-passes" && (rc === RC.notAvailable || rc === RC.checkstopped));

/**
 * Reset one queue that is bound to vfio_ap.
 *
 * @param pointsBack the queue still has its pointer to an mdev, so that pinned pages can be unpinned
 * @returns the response code of the last attempt, as the driver keeps it
 */
export function resetOne(host: Host, apqn: Apqn, pointsBack: boolean): ResponseCode {
  const { state } = host;
  const rc = resetQueue(state, apqn, host.profile.reset !== "impatient");
  const passable = isPassable(host, rc);
  state.unpassable.set(apqn, !passable);
  state.resetRc.set(apqn, passable ? 0 : rc);
  if (releasesInterrupts(host, rc)) releaseInterrupts(host, apqn, pointsBack);
  if (host.observer) tell(host, { kind: "queue-reset", apqn, rc, by: "vfio_ap" });
  return rc === RC.deconfigured && host.profile.reset === "standby-passes" ? RC.normal : rc;
}

/**
 * Reset the queues of one adapter in these domains, all bound to vfio_ap and linked, or unlinked just now.
 *
 * @returns the first response code other than 00, or 00
 */
export function resetRow(host: Host, apid: Apid, domains: Aqm): ResponseCode {
  const { state } = host;
  if (domains.isEmpty()) return RC.normal;
  const plain =
    !host.observer &&
    !state.secure &&
    testCard(state, apid) === RC.normal &&
    state.machine.aqm.containsAll(domains) &&
    !state.faulty.row(apid).intersects(domains) &&
    !state.unpassable.row(apid).intersects(domains) &&
    !state.registered.row(apid).intersects(domains);
  if (plain) {
    state.interrupts.row(apid).removeAll(domains);
    return RC.normal;
  }
  let first: ResponseCode = RC.normal;
  for (let apqi = domains.next(0); apqi !== NONE; apqi = domains.next(apqi + 1)) {
    const rc = resetOne(host, apqnOf(apid, apqi), true);
    if (first === RC.normal) first = rc;
  }
  return first;
}
