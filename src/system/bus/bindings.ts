// "All queues are bound": when the bus says so. docs/kernel/bus.md §7.
import { NONE } from "../ap/id.ts";
import type { ApBus } from "./ap-bus.ts";
import { busUevent } from "./uevents.ts";

/** A driver has taken a device, a card too: there will be one more event, or it comes right now. */
export function noteBinding(bus: ApBus): void {
  bus.state.set("bindingsDone", 0);
  if (bus.busRules.bindingsEvents === "each-binding" && bus.state.get("scannedOnce") !== 0) tellIfAllBound(bus);
}

export function tellIfAllBound(bus: ApBus): void {
  const { state } = bus;
  if (!allQueuesBound(bus)) return;
  state.set("bindingsDone", 1);
  state.set("bindingsCompleteCount", state.get("bindingsCompleteCount") + 1);
  busUevent(bus, "BINDINGS=complete", `COMPLETECOUNT=${state.get("bindingsCompleteCount")}`);
}

/** Every queue device has a driver; also true when there is none. */
function allQueuesBound({ state }: ApBus): boolean {
  const { workRow } = state.scratch;
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    workRow.setDifference(state.devices.row(apid), state.vfioBound.row(apid));
    workRow.removeAll(state.cexBound.row(apid));
    if (!workRow.isEmpty()) return false;
  }
  return true;
}
