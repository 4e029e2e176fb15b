// The writes that take queues from the host for mdevs, in the way that the file names, or why that is impossible.

import { cannotPlan, type FreeBy, type Planned, planned } from "../../formats/desired/desired.ts";
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { hasQueue, queuesOf } from "../../system/ap/product.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { bindWrite, overrideWrite, spansWrite, unbindWrite, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { bitsToFree } from "./free-masks.ts";
import { mustBeFreed } from "./freed-queues.ts";
import type { Target } from "./targets.ts";

/** The member of the file that says how to free. */
const FREE_BY = ["host", "free_by"];

interface Wanted {
  readonly apqn: Apqn;
  readonly target: Target;
}

/** The writes that free what must be freed; empty if nothing must. */
export function freeQueues(host: Host, targets: readonly Target[], freeBy: FreeBy): Planned<readonly Write[]> {
  if (freeBy === "overrides" && !host.profile.driverOverride) {
    return cannotPlan(FREE_BY, `${host.profile.name} has no driver_override: use free_by: masks`);
  }
  const wanted = targets.filter(({ isNamed }) => isNamed).flatMap((target) => queuesToFree(host, target, freeBy));
  const [first] = wanted;
  if (!first) return planned([]);
  const name = formatApqn(first.apqn);
  switch (freeBy) {
    case "nothing":
      return cannotPlan(
        first.target.path,
        `the host owns ${name}: write host: {free_by: masks} to free it by apmask and aqmask, or host: {free_by: overrides} by driver_override (from Linux 6.19)`,
      );
    case "masks":
      return byMasks(host, wanted, name);
    case "overrides":
      return byOverrides(host, wanted);
  }
}

/** A queue that is already in the matrix and that the file does not name is not a reason to refuse the file. */
function queuesToFree(host: Host, target: Target, freeBy: FreeBy): readonly Wanted[] {
  const mdev = mdevNamed(host, target.uuid);
  return queuesOf(target)
    .filter((apqn) => mustBeFreed(host, apqn))
    .filter((apqn) => freeBy !== "nothing" || target.hasLists || !mdev || !hasQueue(mdev.matrix, apqn))
    .map((apqn) => ({ apqn, target }));
}

function byMasks(host: Host, wanted: readonly Wanted[], name: string): Planned<readonly Write[]> {
  if (host.profile.driverOverride && host.state.get("overrides") > 0) {
    return cannotPlan(
      FREE_BY,
      `masks cannot be written while queues have a driver_override, and the host owns ${name}: use free_by: overrides, or clear the overrides`,
    );
  }
  const { adapters, domains } = bitsToFree(
    host,
    wanted.map(({ apqn }) => apqn),
  );
  return planned([
    ...(adapters.length > 0 ? [spansWrite("apmask", adapters)] : []),
    ...(domains.length > 0 ? [spansWrite("aqmask", domains)] : []),
  ]);
}

function byOverrides(host: Host, wanted: readonly Wanted[]): Planned<readonly Write[]> {
  const { state } = host;
  if (state.get("masksInUse") !== 0) {
    return cannotPlan(
      FREE_BY,
      "driver_override is refused while apmask and aqmask are not all ones: use free_by: masks, or set both masks to all ones",
    );
  }
  const missing = wanted.find(({ apqn }) => !state.holds(apqn) || !state.devices.has(apqn));
  if (missing) {
    return cannotPlan(
      missing.target.path,
      `the masks leave ${formatApqn(missing.apqn)} to the host, and there is no such queue whose driver_override could be written: use free_by: masks, or leave it out`,
    );
  }
  return planned(
    wanted.flatMap(({ apqn }) => {
      const driver = driverOf(host, apqn);
      return [...(driver === undefined ? [] : [unbindWrite(driver, apqn)]), overrideWrite(apqn), bindWrite(apqn)];
    }),
  );
}
