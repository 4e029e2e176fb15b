// The uevents of the bus, its cards and its queues. docs/kernel/bus.md §7. Nothing is built while nobody listens.

import { type Apqn, apidOf } from "../ap/apqn.ts";
import type { Apid } from "../ap/id.ts";
import { AP_DEVICES, cardPath, queuePath } from "../ap/paths.ts";
import type { UeventAction } from "../machine/happening.ts";
import { type ApBus, tell } from "./ap-bus.ts";

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");

/** A change of the bus itself: INITSCAN, BINDINGS, APMASK, AQMASK. */
export function busUevent(bus: ApBus, ...variables: string[]): void {
  if (bus.observer)
    tell(bus, { kind: "uevent", action: "change", device: `/${AP_DEVICES}`, variables, properties: [] });
}

export function cardUevent(bus: ApBus, action: UeventAction, apid: Apid, ...variables: string[]): void {
  if (!bus.observer) return;
  const type = bus.state.cardType(apid);
  const properties = [`DEV_TYPE=${hex(type, 4)}`, `MODALIAS=ap:t${hex(type, 2)}`, `MODE=${bus.state.cardMode(apid)}`];
  tell(bus, { kind: "uevent", action, device: `/${cardPath(apid)}`, variables, properties });
}

export function queueUevent(bus: ApBus, action: UeventAction, apqn: Apqn, ...variables: string[]): void {
  if (!bus.observer) return;
  const properties = [`MODE=${bus.state.cardMode(apidOf(apqn))}`];
  tell(bus, { kind: "uevent", action, device: `/${queuePath(apqn)}`, variables, properties });
}
