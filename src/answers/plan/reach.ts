// How far a host is from what is desired: queues that guests lack, and queues that a guest has although vfio_ap does not have them.

import { apqnOf } from "../../system/ap/apqn.ts";
import { type Apid, NONE } from "../../system/ap/id.ts";
import { type Aqm, commonIds } from "../../system/ap/mask.ts";
import { type Product, queueCount } from "../../system/ap/product.ts";
import { mayBind } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { bindWrites } from "./freed-queues.ts";
import type { Target } from "./targets.ts";

/** What the guest runs with, or would get if one ran. */
export function viewOf(host: Host, mdev: Mdev): Product {
  if (mdev.isAttached) return mdev.guestMasks;
  const { filter } = host.profile;
  return filter === "whole" || filter === "new-part" ? mdev.shadow : mdev.matrix;
}

/** How many queues of the target the guest does not have, or has although vfio_ap does not. */
export function missingCount(host: Host, mdev: Mdev | undefined, target: Product): number {
  let missing = queueCount(target);
  if (!mdev) return missing;
  const view = viewOf(host, mdev);
  const row = commonIds(view.aqm, target.aqm);
  for (let apid = view.apm.next(0); apid !== NONE; apid = view.apm.next(apid + 1)) {
    if (target.apm.has(apid)) missing -= commonIds(row, host.state.linked.row(apid)).count();
  }
  return missing;
}

/** How many queues running guests have while vfio_ap does not: only kernels before 6.8 let that happen. */
export function leakCount({ state }: Host): number {
  let leaks = 0;
  for (const { isAttached, guestMasks } of state.listedMdevs()) {
    for (const apid of isAttached ? guestMasks.apm.ids() : []) {
      const row = state.linked.row(apid);
      if (!row.containsAll(guestMasks.aqm)) leaks += guestMasks.aqm.count() - commonIds(guestMasks.aqm, row).count();
    }
  }
  return leaks;
}

/** The fewest queues that can be missing after binding, binding anew and filtering, once everything is as desired. */
export function leastMissing(host: Host, { apm, aqm }: Product): number {
  let fine = 0;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) if (adapterCanBeHad(host, apid, aqm)) fine++;
  return queueCount({ apm, aqm }) - fine * commonIds(aqm, host.state.info.aqm).count();
}

/** All its queues in these domains that the host has are bound and passable, or can be made so. */
export function adapterCanBeHad(host: Host, apid: Apid, aqm: Aqm): boolean {
  const { state } = host;
  if (!state.info.apm.has(apid) || apid >= state.layout.adapters) return false;
  const domains = commonIds(aqm, state.info.aqm);
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

function sumOfStaying(targets: readonly Target[], countOf: (target: Target) => number): number {
  let sum = 0;
  for (const target of targets) if (target.end === "stay") sum += countOf(target);
  return sum;
}

/** How many queues all mdevs lack that stay. Those that the file does not name count too: what they lack, they may have lost. */
export const missingInAll = (host: Host, targets: readonly Target[]): number =>
  sumOfStaying(targets, (target) => missingCount(host, mdevNamed(host, target.uuid), target));

/** The fewest that all of them can lack. Those that the file does not name go on lacking what they lack now. */
export const leastInAll = (host: Host, targets: readonly Target[]): number =>
  sumOfStaying(targets, (target) =>
    target.isNamed ? leastMissing(host, target) : missingCount(host, mdevNamed(host, target.uuid), target),
  );
