// Whom a queue belongs to: the host's default drivers or vfio_ap. docs/kernel/bus.md §4.2, §4.6.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import type { HostState } from "../machine/host-state.ts";
import type { ApBus } from "./ap-bus.ts";

/** The drivers that take queues. cex4queue is the default one: the masks reserve queues for it. */
export type QueueDriverName = "cex4queue" | "vfio_ap";

/** Reserved for the default drivers: both mask bits are on. Whether the queue exists does not matter. */
export const isHostOwned = (state: HostState, apqn: Apqn): boolean =>
  state.apmask.has(apidOf(apqn)) && state.aqmask.has(apqiOf(apqn));

/** Which driver the masks (or an override, where there are any) leave this queue to; undefined: to none that is modelled. */
export function rightfulDriver(bus: ApBus, apqn: Apqn): QueueDriverName | undefined {
  const { state } = bus;
  if (state.overridden.has(apqn)) {
    const name = state.names.nameOf(state.override.get(apqn));
    return name === "vfio_ap" || name === "cex4queue" ? name : undefined;
  }
  return isHostOwned(state, apqn) ? "cex4queue" : "vfio_ap";
}

/** This driver may have this queue. */
export const mayBind = (bus: ApBus, driver: QueueDriverName, apqn: Apqn): boolean =>
  rightfulDriver(bus, apqn) === driver;

/**
 * The first host-owned queue of adapters times domains, for a driver that wants to give them to a guest; undefined if none is.
 * A bound queue with an override counts by its driver, every other one by the masks.
 */
export function firstHostOwned(bus: ApBus, apm: Apm, aqm: Aqm): Apqn | undefined {
  const { state } = bus;
  if (state.get("overrides") > 0) return firstHostOwnedWithOverrides(state, apm, aqm);
  const apid = apm.firstCommon(state.apmask);
  if (apid === NONE) return undefined;
  const apqi = aqm.firstCommon(state.aqmask);
  return apqi === NONE ? undefined : apqnOf(apid, apqi);
}

function firstHostOwnedWithOverrides(state: HostState, apm: Apm, aqm: Aqm): Apqn | undefined {
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    for (let apqi = aqm.next(0); apqi !== NONE; apqi = aqm.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      // An ap_config may name queues beyond the machine; that they are too large is found out later.
      const byDriver = state.holds(apqn) && state.overridden.has(apqn) && state.isBound(apqn);
      if (byDriver ? state.cexBound.has(apqn) : isHostOwned(state, apqn)) return apqn;
    }
  }
  return undefined;
}
