// Queue devices: made, unmade and brought up to date by scans. How the bus brings a queue up stands in queue-reset.ts. docs/kernel/bus.md §5.2.
import type { Apqn } from "../ap/apqn.ts";
import { RC } from "../ap/response-code.ts";
import { testQueue } from "../machine/hardware.ts";
import type { ApBus } from "./ap-bus.ts";
import { detachQueue, driverOf, probeDrivers } from "./binding.ts";
import { deviceGone, deviceMade } from "./device-order.ts";
import { bringUp, goBad, isFresh, markUp } from "./queue-reset.ts";
import { countAtBoot } from "./requests.ts";
import { queueUevent } from "./uevents.ts";

/** The queue is there and has no device yet: make one, offer it to the drivers, then initialise it. */
export function createQueueDevice(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  const rc = testQueue(state, apqn);
  state.devices.add(apqn);
  deviceMade(state, apqn);
  state.queuesDeconfigured.set(apqn, rc === RC.deconfigured);
  state.queuesCheckstopped.set(apqn, rc === RC.checkstopped);
  state.resetStart.add(apqn);
  countAtBoot(state, apqn);
  queueUevent(bus, "add", apqn);
  if (state.get("autoprobe") !== 0) probeDrivers(bus, apqn);
  // Also when vfio_ap has it by now (docs/kernel/faults.md B-15).
  if (rc === RC.normal) bringUp(bus, apqn);
}

/** The queue or its card is gone: the driver lets go, then the device goes. */
export function removeQueueDevice(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  if (driverOf(bus, apqn) !== undefined) detachQueue(bus, apqn);
  queueUevent(bus, "remove", apqn);
  state.devices.remove(apqn);
  deviceGone(state, apqn);
  state.queuesDeconfigured.remove(apqn);
  state.queuesCheckstopped.remove(apqn);
  state.up.remove(apqn);
  state.bad.remove(apqn);
  state.resetStart.remove(apqn);
  state.resetWait.remove(apqn);
  state.counting.remove(apqn);
  state.secure?.known.set(apqn, 0);
  state.secure?.waits.set(apqn, 0);
  // The count of overrides is not taken down (docs/kernel/faults.md B-5).
  state.overridden.remove(apqn);
  state.override.set(apqn, 0);
}

/** A queue that the bus uses is there again. */
function comeBack(bus: ApBus, apqn: Apqn): void {
  if (isFresh(bus.state, apqn)) return;
  if (bus.busRules.comeback === "resets") bringUp(bus, apqn);
  else markUp(bus.state, apqn);
}

/**
 * A scan finds an existing device: the first of five cases that fits. It compares with what the device holds, and leaves the
 * other value for a later scan (unlike the card, which takes over both at once).
 */
export function updateQueueDevice(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  const rc = testQueue(state, apqn);
  const checkstopped = rc === RC.checkstopped;
  const deconfigured = rc === RC.deconfigured;
  if (checkstopped && !state.queuesCheckstopped.has(apqn)) {
    state.queuesCheckstopped.add(apqn);
    goBad(state, apqn);
  } else if (!checkstopped && state.queuesCheckstopped.has(apqn)) {
    state.queuesCheckstopped.remove(apqn);
    comeBack(bus, apqn);
  } else if (deconfigured && !state.queuesDeconfigured.has(apqn)) {
    state.queuesDeconfigured.add(apqn);
    goBad(state, apqn);
    queueUevent(bus, "change", apqn, "CONFIG=0");
  } else if (!deconfigured && state.queuesDeconfigured.has(apqn)) {
    state.queuesDeconfigured.remove(apqn);
    queueUevent(bus, "change", apqn, "CONFIG=1");
    comeBack(bus, apqn);
  } else if (!deconfigured && state.bad.has(apqn)) {
    bringUp(bus, apqn);
  }
}
