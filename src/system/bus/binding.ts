// Binding queue devices to drivers and taking them away: what every way of doing so has in common, whether by hand, after a
// mask write or in a scan. What vfio_ap does then stands in system/vfio-ap/bind.ts and unbind.ts.
import type { Apqn } from "../ap/apqn.ts";
import { resetQueue } from "../machine/hardware.ts";
import { type ApBus, tell } from "./ap-bus.ts";
import { noteBinding } from "./bindings.ts";
import { mayBind, type QueueDriverName } from "./ownership.ts";
import { queueUevent } from "./uevents.ts";
import { queueLeft, queueTaken, takesQueue } from "./zcrypt.ts";

/** In the order of their registration, which is the order in which they are tried. */
const QUEUE_DRIVERS: readonly QueueDriverName[] = ["cex4queue", "vfio_ap"];

/** Which driver has the queue now. */
export function driverOf(bus: ApBus, apqn: Apqn): QueueDriverName | undefined {
  if (bus.state.vfioBound.has(apqn)) return "vfio_ap";
  return bus.state.cexBound.has(apqn) ? "cex4queue" : undefined;
}

/** Bind an unbound queue device to a driver that may have it; false if the driver does not take it. */
export function attachQueue(bus: ApBus, apqn: Apqn, driver: QueueDriverName): boolean {
  if (driver === "cex4queue" && !takesQueue(bus, apqn)) return false;
  if (driver === "vfio_ap") {
    bus.state.vfioBound.add(apqn);
    bus.vfioAp.probe(apqn);
  } else {
    bus.state.cexBound.add(apqn);
    queueTaken(bus, apqn);
  }
  noteBinding(bus);
  queueUevent(bus, "bind", apqn);
  return true;
}

/** Take a bound queue device from its driver: the driver lets go, then the bus zeroizes the queue and forgets its state. */
export function detachQueue(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  if (state.vfioBound.has(apqn)) {
    bus.vfioAp.remove(apqn);
    state.vfioBound.remove(apqn);
  } else {
    queueLeft(bus, apqn);
    state.cexBound.remove(apqn);
  }
  const rc = resetQueue(state, apqn, true);
  if (bus.observer) tell(bus, { kind: "queue-reset", apqn, rc, by: "bus" });
  state.up.remove(apqn);
  state.bad.remove(apqn);
  queueUevent(bus, "unbind", apqn);
}

/** Offer an unbound queue device to the drivers; whether one took it. */
export function probeDrivers(bus: ApBus, apqn: Apqn): boolean {
  for (const driver of QUEUE_DRIVERS) {
    if (mayBind(bus, driver, apqn) && attachQueue(bus, apqn, driver)) return true;
  }
  return false;
}
