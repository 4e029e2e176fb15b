// Binding by hand: the files bind and unbind of a driver, and drivers_probe. docs/kernel/bus.md §4.4.
import type { Apqn } from "../ap/apqn.ts";
import type { Apid } from "../ap/id.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import type { ApBus } from "./ap-bus.ts";
import { attachQueue, detachQueue, driverOf, probeDrivers } from "./binding.ts";
import { bindCard, unbindCard } from "./card.ts";
import { mayBind, type QueueDriverName } from "./ownership.ts";
import { poll } from "./queue-reset.ts";

export type DriverName = QueueDriverName | "cex4card";

/** A device as somebody named it: a card or a queue, there or not. */
export type DeviceName =
  | { readonly kind: "card"; readonly apid: Apid }
  | { readonly kind: "queue"; readonly apqn: Apqn };

const NO_DEVICE = refused("ENODEV", "no-such-device");
const WRONG_TYPE = refused("ENODEV", "wrong-device-type");
const BOUND_ALREADY = refused("EBUSY", "bound-already");
const CARD_WITHOUT_DRIVER = refused("ENODEV", "card-without-driver");
const NOT_BOUND = refused("ENODEV", "not-bound-to-this-driver");

export const deviceExists = (bus: ApBus, name: DeviceName): boolean =>
  name.kind === "card" ? bus.state.cards.has(name.apid) : queueExists(bus, name.apqn);

const queueExists = (bus: ApBus, apqn: Apqn): boolean => bus.state.holds(apqn) && bus.state.devices.has(apqn);

/**
 * Bind a device to a driver.
 *
 * @returns ENODEV no such device, not of the driver's kind, not for this driver, or one whose card cex4card does not have;
 *   EBUSY bound already
 */
export function bind(bus: ApBus, driver: DriverName, name: DeviceName): Result<void> {
  if (!deviceExists(bus, name)) return NO_DEVICE;
  if (name.kind === "card") {
    if (driver !== "cex4card") return WRONG_TYPE;
    if (bus.state.cardsBound.has(name.apid)) return BOUND_ALREADY;
    bindCard(bus, name.apid);
    return DONE;
  }
  if (driver === "cex4card") return WRONG_TYPE;
  if (driverOf(bus, name.apqn) !== undefined) return BOUND_ALREADY;
  if (!mayBind(bus, driver, name.apqn)) return refused("ENODEV", { kind: "driver-may-not-have-it", apqn: name.apqn });
  if (!attachQueue(bus, name.apqn, driver)) return CARD_WITHOUT_DRIVER;
  poll(bus);
  return DONE;
}

/**
 * Take a device from a driver.
 *
 * @returns ENODEV no such device, or not bound to this driver
 */
export function unbind(bus: ApBus, driver: DriverName, name: DeviceName): Result<void> {
  if (!deviceExists(bus, name)) return NO_DEVICE;
  if (name.kind === "card") {
    if (driver !== "cex4card" || !bus.state.cardsBound.has(name.apid)) return NOT_BOUND;
    unbindCard(bus, name.apid);
    return DONE;
  }
  if (driverOf(bus, name.apqn) !== driver) return NOT_BOUND;
  detachQueue(bus, name.apqn);
  return DONE;
}

/**
 * Offer a device to the drivers that may have it. One that is bound, or that none takes, is left as it is.
 *
 * @returns ENODEV no such device
 */
export function driversProbe(bus: ApBus, name: DeviceName): Result<void> {
  if (!deviceExists(bus, name)) return NO_DEVICE;
  if (name.kind === "card") {
    if (!bus.state.cardsBound.has(name.apid)) bindCard(bus, name.apid);
  } else if (driverOf(bus, name.apqn) === undefined) {
    probeDrivers(bus, name.apqn);
    poll(bus);
  }
  return DONE;
}
