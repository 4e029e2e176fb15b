// Links between bound queues and the mdev their APQN is assigned to. A link has two ends: the mdev's table of queues and the
// queue's pointer back. Unassigning can leave the second behind (docs/kernel/faults.md B-1), which is kept here as "stale".
import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { type Apid, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import { DANGLING, type HostState } from "../machine/host-state.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";

/** Link every bound queue of one adapter and these domains that is not linked yet. */
export function linkRow({ state }: Host, apid: Apid, domains: Aqm): void {
  const { linkRow: fresh } = state.scratch;
  fresh.setIntersection(state.vfioBound.row(apid), domains);
  fresh.removeAll(state.linked.row(apid));
  state.linked.row(apid).addAll(fresh);
  const stale = state.stale.row(apid);
  if (!stale.intersects(fresh)) return;
  fresh.retainAll(stale);
  for (let apqi = fresh.next(0); apqi !== NONE; apqi = fresh.next(apqi + 1)) forgetStale(state, apqnOf(apid, apqi));
}

/** The same for one queue. */
export function linkIfBound(host: Host, apqn: Apqn): void {
  if (host.state.vfioBound.has(apqn) && !host.state.linked.has(apqn)) linkQueue(host, apqn);
}

/** Link one queue that is bound. */
export function linkQueue({ state }: Host, apqn: Apqn): void {
  state.linked.add(apqn);
  forgetStale(state, apqn);
}

/** The pointer back is dropped, or was already. */
export function forgetStale(state: HostState, apqn: Apqn): void {
  if (!state.stale.has(apqn)) return;
  state.stale.remove(apqn);
  state.staleMdev.set(apqn, 0);
}

/** The queue left the mdev's table, but goes on pointing to it. */
export function leaveStale(state: HostState, apqn: Apqn, mdev: Mdev): void {
  state.stale.add(apqn);
  state.staleMdev.set(apqn, mdev.index + 1);
}

/** An mdev is freed: pointers that were left behind now lead nowhere. */
export function leaveDangling(state: HostState, mdev: Mdev): void {
  for (let a = 0; a < state.layout.adapters; a++) {
    const apid = a as Apid;
    const row = state.stale.row(apid);
    for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      if (state.staleMdev.get(apqn) === mdev.index + 1) state.staleMdev.set(apqn, DANGLING);
    }
  }
}

/**
 * The mdev that a bound queue points back to: the one it is linked to, or the one it was linked to last; undefined if none,
 * or if that one is gone (where the kernel would read freed memory).
 */
export function backLink(state: HostState, apqn: Apqn): Mdev | undefined {
  if (state.linked.has(apqn)) return state.ownerOf(apqn);
  const stale = state.staleMdev.get(apqn);
  return stale === 0 || stale === DANGLING ? undefined : state.mdevs[stale - 1];
}

/** Linked to this very mdev. */
export const isLinkedTo = (state: HostState, mdev: Mdev, apqn: Apqn): boolean =>
  mdev.matrix.apm.has(apidOf(apqn)) && mdev.matrix.aqm.has(apqiOf(apqn)) && state.linked.has(apqn);
