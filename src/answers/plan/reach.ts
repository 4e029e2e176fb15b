// How far a host is from what is desired: queues that guests lack, and queues that a guest has though they are not vfio_ap's.

import { apqnOf } from "../../system/ap/apqn.ts";
import { type Apid, NONE } from "../../system/ap/id.ts";
import { type Aqm, newMask } from "../../system/ap/mask.ts";
import type { Product } from "../../system/ap/product.ts";
import { queueCount } from "../../system/ap/product.ts";
import { mayBind } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { bindWrites } from "./freed-queues.ts";
import type { Target } from "./targets.ts";

/** What the guest runs with; without one what it would get. */
export function viewOf(host: Host, mdev: Mdev): Product {
  if (mdev.isAttached) return mdev.guestMasks;
  const { filter } = host.profile;
  return filter === "whole" || filter === "new-part" ? mdev.shadow : mdev.matrix;
}

/** Queues of the target that the guest has not got, or has in vain because vfio_ap does not have them. */
export function missingCount(host: Host, mdev: Mdev | undefined, target: Product): number {
  let missing = queueCount(target);
  if (!mdev) return missing;
  const view = viewOf(host, mdev);
  const row = newMask() as Aqm;
  for (let apid = view.apm.next(0); apid !== NONE; apid = view.apm.next(apid + 1)) {
    if (!target.apm.has(apid)) continue;
    row.copy(view.aqm);
    row.retainAll(target.aqm);
    missing -= withLinked(host, row, apid).count();
  }
  return missing;
}

function withLinked({ state }: Host, row: Aqm, apid: Apid): Aqm {
  const linked = newMask() as Aqm;
  linked.copy(state.linked.row(apid));
  row.retainAll(linked);
  return row;
}

/** Queues that running guests have while vfio_ap does not: only the kernels before 6.8 let that happen. */
export function leakCount(host: Host): number {
  const { state } = host;
  let leaks = 0;
  for (let n = 0; n < state.mdevCount; n++) {
    const { isAttached, guestMasks } = state.mdevAt(n);
    if (!isAttached) continue;
    for (let apid = guestMasks.apm.next(0); apid !== NONE; apid = guestMasks.apm.next(apid + 1)) {
      if (state.linked.row(apid).containsAll(guestMasks.aqm)) continue;
      const row = newMask() as Aqm;
      row.copy(guestMasks.aqm);
      leaks += row.count() - withLinked(host, row, apid).count();
    }
  }
  return leaks;
}

/** As few as can be missing after binding, re-binding and filtering once everything is as desired. */
export function leastMissing(host: Host, { apm, aqm }: Product): number {
  let fine = 0;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) if (adapterCanBeHad(host, apid, aqm)) fine++;
  return queueCount({ apm, aqm }) - fine * inHost(host, aqm).count();
}

function inHost({ state }: Host, aqm: Aqm): Aqm {
  const domains = newMask() as Aqm;
  domains.copy(aqm);
  domains.retainAll(state.info.aqm);
  return domains;
}

/** All its queues in these domains, those that the host has, are bound and passable or can be made so. */
export function adapterCanBeHad(host: Host, apid: Apid, aqm: Aqm): boolean {
  const { state } = host;
  if (!state.info.apm.has(apid) || apid >= state.layout.adapters) return false;
  const domains = inHost(host, aqm);
  if (state.vfioBound.row(apid).containsAll(domains) && !state.unpassable.row(apid).intersects(domains)) return true;
  for (let apqi = domains.next(0); apqi !== NONE; apqi = domains.next(apqi + 1)) {
    const apqn = apqnOf(apid, apqi);
    if (!state.holds(apqn)) return false;
    const isRebound = state.vfioBound.has(apqn) && state.unpassable.has(apqn);
    if (isRebound ? !mayBind(host, "vfio_ap", apqn) : !state.vfioBound.has(apqn) && !bindWrites(host, apqn))
      return false;
  }
  return true;
}

/** Summed over all mdevs that stay, those too that nobody named: what they lack, they may have lost. */
export function missingInAll(host: Host, targets: readonly Target[]): number {
  let sum = 0;
  for (const target of targets) {
    if (target.end === "stay") sum += missingCount(host, mdevNamed(host, target.uuid), target);
  }
  return sum;
}

/** As little as can be missing in all of them: those that nobody named keep what they lack. */
export function leastInAll(host: Host, targets: readonly Target[]): number {
  let sum = 0;
  for (const target of targets) {
    if (target.end === "remove") continue;
    sum += target.isNamed ? leastMissing(host, target) : missingCount(host, mdevNamed(host, target.uuid), target);
  }
  return sum;
}
