// The first thing that keeps a queue from a guest, in the order in which the kernel decides.

import { type Apqn, apidOf, apqiOf, apqnOf, formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { type Apid, NONE } from "../../system/ap/id.ts";
import { hasQueue } from "../../system/ap/product.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { isHostOwned, rightfulDriver } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { isPlugged } from "../../system/vfio-ap/plugged.ts";
import type { Because, Cause, Reason } from "./reason.ts";

const cause = (reason: Reason, because: Because = {}): Cause => ({ reason, because });

/** What keeps an adapter out, by adapter. It is the same for all queues of the adapter, so it is looked for once. */
export type FilteredAdapters = Map<Apid, Cause | undefined>;

/**
 * Why the guest of this mdev has this queue, or does not have it.
 *
 * @param known what was found for other queues of this mdev; valid until the host changes
 */
export function causeOf(host: Host, mdev: Mdev, apqn: Apqn, known?: FilteredAdapters): Cause {
  if (isPlugged(mdev.guestMasks, apidOf(apqn), apqiOf(apqn))) return cause("plugged");
  const assigned = hasQueue(mdev.matrix, apqn);
  return assigned ? whyNotPlugged(host, mdev, apqn, known) : whyNotAssigned(host, mdev, apqn);
}

/** The queue is outside the matrix. What would prevent its assignment comes before what is not assigned. */
function whyNotAssigned(host: Host, mdev: Mdev, apqn: Apqn): Cause {
  const owned = ownedByHost(host, apqn);
  if (owned) return owned;
  const owner = host.state.ownerOf(apqn);
  if (owner && owner !== mdev) return cause("assigned-elsewhere", { mdev: mdevName(owner) });
  return cause(mdev.matrix.apm.has(apidOf(apqn)) ? "domain-not-assigned" : "adapter-not-assigned");
}

function whyNotPlugged(host: Host, mdev: Mdev, apqn: Apqn, known?: FilteredAdapters): Cause {
  const { filter } = host.profile;
  // Such a kernel hands over the whole matrix when the guest starts.
  if (filter === "none" && !mdev.isAttached) return cause("guest-not-running");
  // A guest gets what is in the shadow when it starts, whatever the filter would say by now.
  if (isPlugged(mdev.shadow, apidOf(apqn), apqiOf(apqn))) {
    return cause(mdev.isAttached ? "removal-requested" : "guest-not-running");
  }
  const inTheWay = firstObstacle(host, apqn);
  if (inTheWay) return inTheWay;
  const apid = apidOf(apqn);
  const filtered = known?.has(apid) ? known.get(apid) : filteredBy(host, mdev, apid);
  known?.set(apid, filtered);
  // These kernels filter when the guest starts, so nothing waits for anything else.
  const filtersAtStart = (filter === "v11" || filter === "v12") && !mdev.isAttached;
  return filtered ?? cause(filtersAtStart ? "guest-not-running" : "waiting-for-refilter");
}

/** What is wrong with the queue itself; undefined if the filter would let it through. */
export function firstObstacle(host: Host, apqn: Apqn): Cause | undefined {
  const { state } = host;
  if (!state.info.apm.has(apidOf(apqn))) return cause("adapter-not-in-host");
  if (!state.info.aqm.has(apqiOf(apqn))) return cause("domain-not-in-host");
  if (state.linked.has(apqn)) {
    return state.unpassable.has(apqn) ? cause("queue-not-passable", { rc: state.resetRc.get(apqn) }) : undefined;
  }
  const driver = state.devices.has(apqn) ? driverOf(host, apqn) : undefined;
  if (driver === "vfio_ap") return undefined;
  // With an override the driver counts, not the masks.
  if (driver !== undefined && state.overridden.has(apqn)) return cause("queue-bound-elsewhere", { driver });
  const isNamed = state.overridden.has(apqn);
  const isForHost = isNamed && rightfulDriver(host, apqn) === "cex4queue";
  const owned = isForHost ? ownedByOverride(host, apqn) : isNamed ? undefined : ownedByHost(host, apqn);
  if (owned) return owned;
  if (!state.devices.has(apqn)) return cause("no-queue-device");
  return driver === undefined ? cause("queue-unbound") : cause("queue-bound-elsewhere", { driver });
}

const ownedByOverride = ({ state }: Host, apqn: Apqn): Cause =>
  cause("host-owned", { mask: `driver_override=${state.names.nameOf(state.override.get(apqn))}` });

/** What an assignment checks: the masks leave the queue to the host, or an override does if a driver has the queue. */
function ownedByHost(host: Host, apqn: Apqn): Cause | undefined {
  const { state } = host;
  if (state.holds(apqn) && state.overridden.has(apqn) && state.isBound(apqn)) {
    return state.cexBound.has(apqn) ? ownedByOverride(host, apqn) : undefined;
  }
  if (!isHostOwned(state, apqn)) return undefined;
  return cause("host-owned", { mask: `apmask ${formatApid(apidOf(apqn))}, aqmask ${formatApqi(apqiOf(apqn))}` });
}

/** The queue of the adapter that is in the way, the one with the lowest domain; undefined if none is. */
function filteredBy(host: Host, { matrix }: Mdev, apid: Apid): Cause | undefined {
  for (let apqi = matrix.aqm.next(0); apqi !== NONE; apqi = matrix.aqm.next(apqi + 1)) {
    if (!host.state.info.aqm.has(apqi)) continue;
    const apqn = apqnOf(apid, apqi);
    const obstacle = firstObstacle(host, apqn);
    if (obstacle) return cause("adapter-filtered", { apqn, reason: obstacle.reason, ...obstacle.because });
  }
  return undefined;
}
