// From a host and the desired state to the writes that lead there: queues are freed, mdevs created, queues bound, and matrices written in
// the order that costs running guests least. Next: rehearse.ts does them on a copy, prediction.ts says what happens on the way.

import { cannotPlan, type DesiredState, type Planned, planned } from "../../formats/desired/desired.ts";
import { createWrite, removeWrite, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type Allowance, NOBODY } from "./allowance.ts";
import { type FullCost, isCheaper } from "./cost.ts";
import { freeQueues } from "./free-queues.ts";
import { giveBack } from "./give-back.ts";
import { bindAll, bindRest, mend } from "./mend.ts";
import { leakCount, leastInAll } from "./reach.ts";
import { Rehearsal } from "./rehearsal.ts";
import { type Found, foundIn, searchOrder } from "./search.ts";
import { settle } from "./settle.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface Plan {
  readonly targets: readonly Target[];
  readonly steps: readonly Write[];
  /** What the file gives back to the host. */
  readonly giveBack?: DesiredState["giveBack"];
}

/**
 * @param prune mdevs that are not named are removed
 * @param allowed guests that may lose for a time what they are to keep, where more can be had by it
 */
export function planChanges(
  host: Host,
  desired: DesiredState,
  prune: boolean,
  allowed: Allowance = NOBODY,
): Planned<Plan> {
  const resolved = targetsOf(host, desired, prune);
  if (!resolved.ok) return resolved;
  const targets = resolved.value;
  const freeing = freeQueues(host, targets, desired.freeBy);
  if (!freeing.ok) return freeing;
  const rehearsal = new Rehearsal(host, targets, allowed);
  const prepared = prepare(rehearsal, targets, freeing.value);
  if (!prepared) return refusedPlan(rehearsal, targets);
  const best = bestOrder(rehearsal, targets);
  if (!best) return refusedPlan(rehearsal, targets);
  rehearsal.restore(best.saved);
  bindRest(rehearsal, targets);
  for (const { uuid, end } of targets) {
    if (end === "remove" && rehearsal.mdev(uuid)) rehearsal.write([removeWrite(uuid)]);
  }
  const given = giveBack(rehearsal, targets, desired.giveBack);
  if (!given.ok) return given;
  return planned({ targets, steps: rehearsal.steps, giveBack: desired.giveBack });
}

/** What hurts no running guest always comes first: unused mdevs are removed, queues freed, new mdevs created. */
function prepare(rehearsal: Rehearsal, targets: readonly Target[], freeing: readonly Write[]): boolean {
  const idle = targets.filter(({ uuid, end }) => end === "remove" && !rehearsal.mdev(uuid)?.isAttached);
  const missing = targets.filter(({ uuid, isNamed }) => isNamed && !rehearsal.mdev(uuid));
  return (
    rehearsal.write(idle.map(({ uuid }) => removeWrite(uuid))) &&
    rehearsal.write(freeing) &&
    rehearsal.write(missing.map(({ uuid }) => createWrite(uuid)))
  );
}

/** The usual orders are tried first; if they cost a guest something, all orders. */
function bestOrder(rehearsal: Rehearsal, targets: readonly Target[]): Found | undefined {
  const start = rehearsal.save();
  let best: Found | undefined;
  const consider = (candidate: Found | undefined): void => {
    if (candidate && (!best || isCheaper(candidate.cost, best.cost))) best = candidate;
  };
  const least = leastInAll(rehearsal.host, targets);
  const leaking = leakCount(rehearsal.host);
  // Guests have all that they can have, and no guest lost anything on the way.
  const isPerfect = ([lost, missing, leaks, byLeave, , zeroized]: FullCost): boolean =>
    missing === least && lost + byLeave === 0 && leaks <= leaking && zeroized === 0;
  for (const outside of [false, true]) {
    rehearsal.restore(start);
    consider(usualOrder(rehearsal, targets, outside));
    if (best && isPerfect(best.cost)) return best;
  }
  rehearsal.restore(start);
  consider(searchOrder(rehearsal, targets, best));
  return best;
}

/** @param outside only unbound queues that no mdev has are bound first, because binding the others filters */
function usualOrder(rehearsal: Rehearsal, targets: readonly Target[], outside: boolean): Found | undefined {
  for (const target of targets) if (target.isNamed) bindAll(rehearsal, target, outside);
  if (!settle(rehearsal, targets)) return undefined;
  mend(rehearsal, targets);
  return foundIn(rehearsal, targets);
}

function refusedPlan({ refused, host }: Rehearsal, targets: readonly Target[]): Planned<never> {
  if (!refused) return cannotPlan([], "no order of writes leads to what is desired");
  const [path, value] = refused.write;
  const target = targets.find(({ uuid }) => path.includes(uuid));
  const remedy =
    refused.errno === "EBUSY" && !host.profile.hotPlug
      ? `${host.profile.name} changes nothing while the guest runs: stop the guest first`
      : `apmatrix explain-write ${path} ${value} says who is in the way`;
  return cannotPlan(target?.path ?? [], `the kernel refuses ${value} to ${path} with ${refused.errno}: ${remedy}`);
}
