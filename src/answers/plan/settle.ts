// Brings every mdev to its desired matrix. Mdevs that can have all of theirs now come first; if none can, one gives up what another is
// to have. For each mdev the first way is taken that takes nothing from a running guest, otherwise the cheapest.

import { productsMeet } from "../../system/ap/product.ts";
import { configWrite } from "../../system/sysfs/writes.ts";
import { type Cost, fullCost, isCheaper } from "./cost.ts";
import { controlDomainWrites, fullWays, isMatrixAsDesired, shrinkWays, type Way } from "./matrix-ways.ts";
import { bindAll } from "./mend.ts";
import { leastMissing, missingCount } from "./reach.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Target } from "./targets.ts";

/** @returns whether every mdev has its matrix; if not, the rehearsal knows what was refused */
export function settle(rehearsal: Rehearsal, targets: readonly Target[]): boolean {
  const pending = targets.filter((target) => {
    const mdev = rehearsal.mdev(target.uuid);
    return mdev && !isMatrixAsDesired(mdev, target);
  });
  while (pending.length > 0) {
    const free = pending.findIndex((target) => !isTaken(rehearsal, target));
    if (free < 0) {
      if (!giveUp(rehearsal, pending)) return false;
      continue;
    }
    const [target] = pending.splice(free, 1) as [Target];
    const mdev = rehearsal.mdev(target.uuid);
    // What another mdev gave up may have to be bound, or bound anew. No guest notices as long as no mdev has it.
    if (target.isNamed) bindAll(rehearsal, target, true);
    if (!mdev || !takeBestWay(rehearsal, target, fullWays(rehearsal.host, mdev, target))) return false;
  }
  return settleControlDomains(rehearsal, targets);
}

/** The matrices are as desired already. Several control domains at once are one update of the guest, but then the kernel filters. */
export function settleControlDomains(rehearsal: Rehearsal, targets: readonly Target[]): boolean {
  return targets.every((target) => {
    const mdev = rehearsal.mdev(target.uuid);
    const singles = mdev ? controlDomainWrites(mdev, target) : [];
    if (!rehearsal.host.profile.apConfig || singles.length <= 1) return rehearsal.write(singles);
    return takeBestWay(rehearsal, target, [[configWrite(target.uuid, target)], singles]);
  });
}

/** Whether another mdev has a queue of the target now. */
function isTaken(rehearsal: Rehearsal, target: Target): boolean {
  const own = rehearsal.mdev(target.uuid);
  return rehearsal.host.state.listedMdevs().some((mdev) => mdev !== own && productsMeet(mdev.matrix, target));
}

/** Where mdevs wait for each other in a circle, one of them shrinks to what it keeps. */
function giveUp(rehearsal: Rehearsal, pending: readonly Target[]): boolean {
  for (const target of pending) {
    const mdev = rehearsal.mdev(target.uuid);
    if (!mdev || (target.apm.containsAll(mdev.matrix.apm) && target.aqm.containsAll(mdev.matrix.aqm))) continue;
    if (takeBestWay(rehearsal, target, shrinkWays(rehearsal.host, mdev, target))) return true;
  }
  return false;
}

function takeBestWay(rehearsal: Rehearsal, target: Target, ways: readonly Way[]): boolean {
  const before = rehearsal.save();
  const { lostCount, zeroizedKept } = rehearsal.tally;
  let best: { readonly way: Way; readonly cost: Cost } | undefined;
  for (const way of ways) {
    rehearsal.restore(before);
    if (!rehearsal.write(way)) continue;
    const { tally, host } = rehearsal;
    const isHarmless = tally.lostCount === lostCount && tally.zeroizedKept === zeroizedKept;
    if (isHarmless && missingCount(host, rehearsal.mdev(target.uuid), target) === leastMissing(host, target))
      return true;
    const cost = fullCost(rehearsal, [target]);
    if (!best || isCheaper(cost, best.cost)) best = { way, cost };
  }
  rehearsal.restore(before);
  return best !== undefined && rehearsal.write(best.way);
}
