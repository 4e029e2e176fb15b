// Whether a queue may go to an mdev, and what it takes to have it bound to vfio_ap: nothing, a bind, or taking it from the host.
import type { Apqn } from "../../system/ap/apqn.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { isHostOwned, mayBind } from "../../system/bus/ownership.ts";
import { bindWrite, unbindWrite, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** The host keeps the queue and would have to give it up: binding alone does not help. The queue need not exist. */
export function mustBeFreed(host: Host, apqn: Apqn): boolean {
  const { state } = host;
  const isDevice = state.holds(apqn) && state.devices.has(apqn);
  if (!isDevice) return isHostOwned(state, apqn);
  if (state.overridden.has(apqn) && state.vfioBound.has(apqn)) return false;
  return state.overridden.has(apqn) ? !mayBind(host, "vfio_ap", apqn) : isHostOwned(state, apqn);
}

/** There is a device of the queue, and the masks or its override give it to the host. */
export function isWithHost(host: Host, apqn: Apqn): boolean {
  const { state } = host;
  if (!state.holds(apqn) || !state.devices.has(apqn)) return false;
  return state.cexBound.has(apqn) || (!state.vfioBound.has(apqn) && mayBind(host, "cex4queue", apqn));
}

/** All of these, ascending. */
export const queuesWithHost = (host: Host): readonly Apqn[] =>
  host.state.devices.queues().filter((apqn) => isWithHost(host, apqn));

/** Writes after which vfio_ap has the queue; undefined if it has it already, or cannot have it now. */
export function bindWrites(host: Host, apqn: Apqn): readonly Write[] | undefined {
  const { state } = host;
  if (!state.holds(apqn) || !state.devices.has(apqn) || state.vfioBound.has(apqn)) return undefined;
  if (!mayBind(host, "vfio_ap", apqn)) return undefined;
  const driver = driverOf(host, apqn);
  return driver === undefined ? [bindWrite(apqn)] : [unbindWrite(driver, apqn), bindWrite(apqn)];
}
