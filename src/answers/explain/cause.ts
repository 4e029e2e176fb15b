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

/** What keeps an adapter out, by adapter: the same for all its queues, so that whoever asks for many looks for it once. */
export type FilteredAdapters = Map<Apid, Cause | undefined>;

/**
 * Why the guest of this mdev has this queue, or has not.
 *
 * @param known what was found for other queues of this mdev, as long as the host stays as it is
 */
export function causeOf(host: Host, mdev: Mdev, apqn: Apqn, known?: FilteredAdapters): Cause {
  if (isPlugged(mdev.guestMasks, apidOf(apqn), apqiOf(apqn))) return cause("plugged");
  const assigned = hasQueue(mdev.matrix, apqn);
  return assigned ? whyNotPlugged(host, mdev, apqn, known) : whyNotAssigned(host, mdev, apqn);
}

/** Outside the matrix: what would stand in the way of assigning it comes before what is not assigned. */
function whyNotAssigned(host: Host, mdev: Mdev, apqn: Apqn): Cause {
  const owned = ownedByHost(host, apqn);
  if (owned) return owned;
  const owner = host.state.ownerOf(apqn);
  if (owner && owner !== mdev) return cause("assigned-elsewhere", { mdev: mdevName(owner) });
  return cause(mdev.matrix.apm.has(apidOf(apqn)) ? "domain-not-assigned" : "adapter-not-assigned");
}

function whyNotPlugged(host: Host, mdev: Mdev, apqn: Apqn, known?: FilteredAdapters): Cause {
  const { filter } = host.profile;
  // Such a kernel hands over the matrix as it stands.
  if (filter === "none" && !mdev.isAttached) return cause("guest-not-running");
  // What is in the shadow a guest gets when it starts, whatever the filter would say by now.
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
  if (state.linked.has(apqn)) return state.unpassable.has(apqn) ? notPassable(host, apqn) : undefined;
  const driver = state.devices.has(apqn) ? driverOf(host, apqn) : undefined;
  if (driver === "vfio_ap") return undefined;
  // With an override it is the driver that counts, not the masks.
  if (driver !== undefined && state.overridden.has(apqn)) return cause("queue-bound-elsewhere", { driver });
  const owned = state.overridden.has(apqn) ? namedForHost(host, apqn) : ownedByHost(host, apqn);
  if (owned) return owned;
  if (!state.devices.has(apqn)) return cause("no-queue-device");
  return driver === undefined ? cause("queue-unbound") : cause("queue-bound-elsewhere", { driver });
}

const notPassable = ({ state }: Host, apqn: Apqn): Cause =>
  cause("queue-not-passable", { rc: state.resetRc.get(apqn) });

/** No driver has it, and its override names the host's. */
function namedForHost(host: Host, apqn: Apqn): Cause | undefined {
  return rightfulDriver(host, apqn) === "cex4queue" ? ownedByOverride(host, apqn) : undefined;
}

const ownedByOverride = ({ state }: Host, apqn: Apqn): Cause =>
  cause("host-owned", { mask: `driver_override=${state.names.nameOf(state.override.get(apqn))}` });

/** What an assignment asks: the masks leave it to the host; or an override does, for a queue that a driver has. */
function ownedByHost(host: Host, apqn: Apqn): Cause | undefined {
  const { state } = host;
  if (state.holds(apqn) && state.overridden.has(apqn) && state.isBound(apqn)) {
    return state.cexBound.has(apqn) ? ownedByOverride(host, apqn) : undefined;
  }
  if (!isHostOwned(state, apqn)) return undefined;
  return cause("host-owned", { mask: `apmask ${formatApid(apidOf(apqn))}, aqmask ${formatApqi(apqiOf(apqn))}` });
}

/** Another queue of the adapter is in the way, the one with the lowest domain; undefined if none is. */
function filteredBy(host: Host, { matrix }: Mdev, apid: Apid): Cause | undefined {
  for (let apqi = matrix.aqm.next(0); apqi !== NONE; apqi = matrix.aqm.next(apqi + 1)) {
    if (!host.state.info.aqm.has(apqi)) continue;
    const apqn = apqnOf(apid, apqi);
    const obstacle = firstObstacle(host, apqn);
    if (obstacle) return cause("adapter-filtered", { apqn, ...obstacle.because, reason: obstacle.reason });
  }
  return undefined;
}
