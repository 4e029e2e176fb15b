// Writes to apmask and aqmask: which queues the host keeps for itself. docs/kernel/bus.md §3, §4.3.

import type { Apqn } from "../ap/apqn.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import { formatMask } from "../ap/mask-text.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import type { ApBus } from "./ap-bus.ts";
import { detachQueue, driverOf, probeDrivers } from "./binding.ts";
import { inOrder } from "./device-order.ts";
import { isHostOwned } from "./ownership.ts";
import { poll } from "./queue-reset.ts";
import { busUevent } from "./uevents.ts";

const OVERRIDES_ACTIVE = refused("EINVAL", "overrides-active");
const IN_USE = refused("EBUSY", "masks-in-use");

/** Masks cannot be written while some queue names its driver itself. Asked before the text is even parsed. */
export const mayWriteMasks = ({ busRules, state }: ApBus): Result<void> =>
  busRules.driverOverride && state.get("overrides") > 0 ? OVERRIDES_ACTIVE : DONE;

/**
 * Make `to` the new apmask. Bits that come on are asked for: no mdev may use what becomes the host's.
 *
 * @returns EBUSY if one does
 */
export function storeApmask(bus: ApBus, to: Apm): Result<void> {
  const { state } = bus;
  if (to.equals(state.apmask)) return DONE;
  const { newApm: added } = state.scratch;
  added.setDifference(to, state.apmask);
  const partner = bus.busRules.inUsePartner === "all" ? state.scratch.allDomains : state.aqmask;
  if (bus.busRules.asksInUse && !added.isEmpty() && bus.vfioAp.isInUse(added, partner)) return IN_USE;
  state.apmask.copy(to);
  masksChanged(bus);
  if (bus.observer && bus.busRules.maskUevents) busUevent(bus, `APMASK=${formatMask(state.apmask)}`);
  return DONE;
}

/** The same for aqmask. */
export function storeAqmask(bus: ApBus, to: Aqm): Result<void> {
  const { state } = bus;
  if (to.equals(state.aqmask)) return DONE;
  const { newAqm: added } = state.scratch;
  added.setDifference(to, state.aqmask);
  const partner = bus.busRules.inUsePartner === "all" ? state.scratch.allAdapters : state.apmask;
  if (bus.busRules.asksInUse && !added.isEmpty() && bus.vfioAp.isInUse(partner, added)) return IN_USE;
  state.aqmask.copy(to);
  masksChanged(bus);
  if (bus.observer && bus.busRules.maskUevents) busUevent(bus, `AQMASK=${formatMask(state.aqmask)}`);
  return DONE;
}

function masksChanged(bus: ApBus): void {
  const { state } = bus;
  state.set("masksInUse", state.apmask.isFull() && state.aqmask.isFull() ? 0 : 1);
  reviseBindings(bus);
}

/** Each queue with the wrong driver is taken from it and offered again, in the order in which the devices were made. */
function reviseBindings(bus: ApBus): void {
  inOrder(bus, reviseBinding);
  poll(bus);
}

function reviseBinding(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  if (state.overridden.has(apqn)) {
    if (state.names.nameOf(state.override.get(apqn)) !== driverOf(bus, apqn)) reprobe(bus, apqn);
  } else if (isHostOwned(state, apqn) !== (driverOf(bus, apqn) === "cex4queue")) {
    // A queue that no driver has counts as not with the host (docs/kernel/faults.md B-7).
    reprobe(bus, apqn);
  }
}

function reprobe(bus: ApBus, apqn: Apqn): void {
  if (driverOf(bus, apqn) !== undefined) detachQueue(bus, apqn);
  probeDrivers(bus, apqn);
}

/** At boot nothing is bound yet: the masks are just there, and do not count as changed by anybody (docs/kernel/faults.md B-8). */
export function setMasksAtBoot(bus: ApBus, apmask: Apm, aqmask: Aqm): void {
  bus.state.apmask.copy(apmask);
  bus.state.aqmask.copy(aqmask);
}
