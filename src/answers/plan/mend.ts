// What guests still lack although their matrix is as desired: queues are bound, or bound anew where the last reset failed, and the
// kernel is made to filter again. Writes that bring no guest nearer are taken back.

import { type Apqn, apidOf, apqnOf } from "../../system/ap/apqn.ts";
import { NONE } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { hasQueue, isEmptyProduct, type Product } from "../../system/ap/product.ts";
import { mayBind } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { rebindWrites, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type Cost, fullCost, isCheaper } from "./cost.ts";
import { bindWrites } from "./freed-queues.ts";
import type { Way } from "./matrix-ways.ts";
import { adapterCanBeHad, leastMissing, missingCount, missingInAll, viewOf } from "./reach.ts";
import { reassigned, refilterWays, unpluggedAdapters } from "./refilter.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Target } from "./targets.ts";

/** Queues of the target that are in the host's configuration. */
function* configuredQueues({ state }: Host, { apm, aqm }: Product): Generator<Apqn> {
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    if (!state.info.apm.has(apid) || apid >= state.layout.adapters) continue;
    for (let apqi = aqm.next(0); apqi !== NONE; apqi = aqm.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      if (state.info.aqm.has(apqi) && state.holds(apqn)) yield apqn;
    }
  }
}

/**
 * Binds every queue of the target that vfio_ap could have.
 *
 * @param outside only queues that no mdev has, so that no guest notices
 */
export function bindAll(rehearsal: Rehearsal, target: Target, outside: boolean): void {
  for (const apqn of configuredQueues(rehearsal.host, target)) {
    const { host } = rehearsal;
    if (outside && host.state.ownerOf(apqn)) continue;
    // Binding anew helps only where it brings the whole adapter.
    if (host.state.unpassable.has(apqn) && !adapterCanBeHad(host, apidOf(apqn), target.aqm)) continue;
    const writes = isPluggedAnywhere(host, apqn) ? undefined : bindingWrites(host, apqn);
    if (writes) rehearsal.write(writes);
  }
}

/** Binds the queue if no driver has it; binds it anew if it is not passable. */
function bindingWrites(host: Host, apqn: Apqn): readonly Write[] | undefined {
  if (host.state.unpassable.has(apqn)) return mayBind(host, "vfio_ap", apqn) ? rebindWrites(apqn) : undefined;
  return bindWrites(host, apqn);
}

function isPluggedAnywhere(host: Host, apqn: Apqn): boolean {
  const owner = host.state.ownerOf(apqn);
  return owner !== undefined && (hasQueue(owner.shadow, apqn) || hasQueue(owner.guestMasks, apqn));
}

/** Ways to bind, or bind anew, a single queue of those in the configuration. */
export const singleMends = (host: Host, product: Product): readonly Way[] =>
  [...configuredQueues(host, product)].map((apqn) => bindingWrites(host, apqn)).filter((way) => way !== undefined);

/** Writes that could bring the guest nearer to its target. */
export function mendingWays(host: Host, mdev: Mdev, target: Target): readonly Way[] {
  const binds: Write[] = [];
  const rebinds: Write[] = [];
  for (const apqn of configuredQueues(host, target)) {
    const writes = bindingWrites(host, apqn);
    if (writes) (host.state.unpassable.has(apqn) ? rebinds : binds).push(...writes);
  }
  const all = [...binds, ...rebinds];
  const refilters = isEmptyProduct(target) ? [] : refilterWays(host, mdev, target);
  return [
    ...(all.length > 0 ? [all, ...refilters.map((refilter) => [...all, ...refilter])] : []),
    ...(binds.length > 0 && rebinds.length > 0 ? [binds] : []),
    ...refilters,
    ...reassigningWays(host, mdev, target),
    ...rebindOfIdle(host, mdev, target),
  ];
}

/**
 * An adapter leaves the matrix, its queues are bound, and it comes back. This is for kernels where binding would filter too much (before
 * 6.8 binding looks at all queues, assigning only at the new ones), and for the time of a scan, when binding does not filter at all.
 */
function reassigningWays(host: Host, mdev: Mdev, target: Target): readonly Way[] {
  const { pending } = mdev;
  if (host.profile.filter === "whole" && pending.apm.isEmpty() && pending.aqm.isEmpty()) return [];
  return unpluggedAdapters(host, mdev)
    .filter((apid) => target.apm.has(apid))
    .map((apid) => reassigned(target.uuid, apid, singleMends(host, { apm: maskOf([apid]), aqm: target.aqm }).flat()));
}

/** Binding also filters: a queue that the guest does not have is unbound and bound again. */
function rebindOfIdle(host: Host, mdev: Mdev, target: Target): readonly Way[] {
  const view = viewOf(host, mdev);
  for (const apqn of configuredQueues(host, target)) {
    const isIdle = host.state.vfioBound.has(apqn) && !view.apm.has(apidOf(apqn));
    if (isIdle && mayBind(host, "vfio_ap", apqn)) return [rebindWrites(apqn)];
  }
  return [];
}

/** Free queues are bound even if that brings the guest no nearer to having them, but not if it would cost a guest anything. */
export function bindRest(rehearsal: Rehearsal, targets: readonly Target[]): void {
  for (const target of targets.filter(({ isNamed }) => isNamed)) {
    for (const apqn of configuredQueues(rehearsal.host, target)) {
      const writes = bindWrites(rehearsal.host, apqn);
      if (!writes) continue;
      const before = rehearsal.save();
      const cost = costOfEnd(rehearsal, targets);
      rehearsal.write(writes);
      if (isCheaper(cost, costOfEnd(rehearsal, targets))) rehearsal.restore(before);
    }
  }
}

const costOfEnd = ({ host, tally }: Rehearsal, targets: readonly Target[]): Cost => [
  tally.lostCount - tally.lostByLeave,
  missingInAll(host, targets),
  tally.lostByLeave,
  tally.zeroizedKept,
];

export function mend(rehearsal: Rehearsal, targets: readonly Target[]): void {
  for (const target of targets.filter(({ isNamed }) => isNamed)) {
    while (mendOnce(rehearsal, target));
  }
}

/** @returns whether less is missing than before */
function mendOnce(rehearsal: Rehearsal, target: Target): boolean {
  const mdev = rehearsal.mdev(target.uuid);
  if (!mdev) return false;
  const missing = missingCount(rehearsal.host, mdev, target);
  if (missing === leastMissing(rehearsal.host, target)) return false;
  const before = rehearsal.save();
  let best = { cost: fullCost(rehearsal, [target]), after: before };
  for (const way of mendingWays(rehearsal.host, mdev, target)) {
    rehearsal.restore(before);
    if (!rehearsal.write(way)) continue;
    const cost = fullCost(rehearsal, [target]);
    if (isCheaper(cost, best.cost)) best = { cost, after: rehearsal.save() };
  }
  rehearsal.restore(best.after);
  return best.after !== before && missingCount(rehearsal.host, rehearsal.mdev(target.uuid), target) < missing;
}
