// May these adapters and domains be given to this mdev? Asked with the whole matrix that would result.
// docs/kernel/device.md §5.1.
import { type Apqn, apqnOf } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import { DONE, type Refused, type Result, refused } from "../ap/result.ts";
import { tell } from "../bus/ap-bus.ts";
import { firstHostOwned } from "../bus/ownership.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";

/**
 * The first mdev, newest first, that has one of these adapters and one of these domains assigned; `except` is not asked.
 * Whether it runs, or its queues exist, does not matter.
 */
export function conflictWith(host: Host, apm: Apm, aqm: Aqm, except?: Mdev): Mdev | undefined {
  const { state } = host;
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    if (mdev !== except && mdev.matrix.apm.intersects(apm) && mdev.matrix.aqm.intersects(aqm)) return mdev;
  }
  return undefined;
}

/** The driver warns about every queue in the way. */
export function logConflict(host: Host, mdev: Mdev, apm: Apm, aqm: Aqm, wanted: "assign" | "reserve"): void {
  if (!host.observer) return;
  for (const apid of mdev.matrix.apm.ids().filter((id) => apm.has(id))) {
    for (const apqi of mdev.matrix.aqm.ids().filter((id) => aqm.has(id))) {
      tell(host, { kind: "conflict-logged", apqn: apqnOf(apid, apqi), mdev: mdev.index, wanted });
    }
  }
}

/**
 * @returns EADDRNOTAVAIL a queue is the host's (older kernels: not bound to vfio_ap); EADDRINUSE it is in another mdev
 */
export function checkAssignable(host: Host, mdev: Mdev, apm: Apm, aqm: Aqm): Result<void> {
  const unavailable = host.profile.assignNeeds === "bound" ? firstNotBound(host, apm, aqm) : hostOwned(host, apm, aqm);
  if (unavailable) return unavailable;
  const other = conflictWith(host, apm, aqm, mdev);
  if (!other) return DONE;
  logConflict(host, other, apm, aqm, "assign");
  const apqn = apqnOf(firstOf(apm.firstCommon(other.matrix.apm)), firstOf(aqm.firstCommon(other.matrix.aqm)));
  return refused("EADDRINUSE", { kind: "queue-assigned-elsewhere", apqn, mdev: other.index });
}

/** The two masks intersect: the search cannot come back empty. */
function firstOf<I extends number>(id: I | -1): I {
  if (id === NONE) throw new Error("masks that intersect have a first common id");
  return id as I;
}

function hostOwned(host: Host, apm: Apm, aqm: Aqm): Refused | undefined {
  const apqn = firstHostOwned(host, apm, aqm);
  return apqn === undefined ? undefined : refused("EADDRNOTAVAIL", { kind: "queue-host-owned", apqn });
}

/** Before 6.0: every queue must be bound; with one half still empty, some bound queue must have each number of the other. */
function firstNotBound({ state }: Host, apm: Apm, aqm: Aqm): Refused | undefined {
  const missing = (apqn: Apqn | undefined) => refused("EADDRNOTAVAIL", { kind: "queue-not-bound", apqn });
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    const bound = state.vfioBound.row(apid);
    if (aqm.isEmpty() && bound.isEmpty()) return missing(undefined);
    for (let apqi = aqm.next(0); apqi !== NONE; apqi = aqm.next(apqi + 1)) {
      if (!bound.has(apqi)) return missing(apqnOf(apid, apqi));
    }
  }
  if (!apm.isEmpty()) return undefined;
  for (let apqi = aqm.next(0); apqi !== NONE; apqi = aqm.next(apqi + 1)) {
    let found = false;
    for (let apid = state.cards.next(0); apid !== NONE && !found; apid = state.cards.next(apid + 1)) {
      found = state.vfioBound.row(apid).has(apqi);
    }
    if (!found) return missing(undefined);
  }
  return undefined;
}
