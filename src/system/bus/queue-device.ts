// Queue devices: made, unmade and brought up to date by scans. What each state means for interrupts stands in
// docs/trace-format.md §3: fresh (neither up nor bad), up, bad. docs/kernel/bus.md §5.2.
import { type Apqn, apidOf } from "../ap/apqn.ts";
import { RC } from "../ap/response-code.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import { resetQueue, testQueue } from "../machine/hardware.ts";
import { type ApBus, tell } from "./ap-bus.ts";
import { detachQueue, driverOf, probeQueue } from "./binding.ts";
import { queueUevent } from "./uevents.ts";

/** The queue is there and has no device yet: make one, offer it to the drivers, then initialise it. */
export function createQueueDevice(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  const rc = testQueue(state, apqn);
  state.devices.add(apqn);
  state.queuesDeconfigured.set(apqn, rc === RC.deconfigured);
  state.queuesCheckstopped.set(apqn, rc === RC.checkstopped);
  state.resetPending.add(apqn);
  queueUevent(bus, "add", apqn);
  if (state.get("autoprobe") !== 0) probeQueue(bus, apqn);
  // Also when vfio_ap has it by now (docs/kernel/faults.md B-15).
  if (rc === RC.normal) initialiseQueue(bus, apqn);
}

/** The queue or its card is gone: the driver lets go, then the device goes. */
export function removeQueueDevice(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  if (driverOf(bus, apqn) !== undefined) detachQueue(bus, apqn);
  queueUevent(bus, "remove", apqn);
  state.devices.remove(apqn);
  state.queuesDeconfigured.remove(apqn);
  state.queuesCheckstopped.remove(apqn);
  state.up.remove(apqn);
  state.bad.remove(apqn);
  state.resetPending.remove(apqn);
  // The count of overrides is not taken down (docs/kernel/faults.md B-5).
  state.overridden.remove(apqn);
  state.override.set(apqn, 0);
}

/** The bus resets a queue to use it: up if that works, else bad. A device held to be out of order is up without a reset. */
function initialiseQueue(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  const outOfOrder = state.queuesDeconfigured.has(apqn) || state.queuesCheckstopped.has(apqn);
  let rc: number = RC.normal;
  if (!outOfOrder) {
    rc = resetQueue(state, apqn, true);
    if (bus.observer) tell(bus, { kind: "queue-reset", apqn, rc, by: "bus" });
  }
  state.up.set(apqn, rc === RC.normal);
  state.bad.set(apqn, rc !== RC.normal);
  state.resetPending.set(apqn, false);
}

const isFresh = ({ state }: ApBus, apqn: Apqn): boolean => !state.up.has(apqn) && !state.bad.has(apqn);

function goBad(bus: ApBus, apqn: Apqn): void {
  if (isFresh(bus, apqn)) return;
  bus.state.up.remove(apqn);
  bus.state.bad.add(apqn);
}

function reinitialise(bus: ApBus, apqn: Apqn): void {
  if (!isFresh(bus, apqn)) initialiseQueue(bus, apqn);
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
    goBad(bus, apqn);
  } else if (!checkstopped && state.queuesCheckstopped.has(apqn)) {
    state.queuesCheckstopped.remove(apqn);
    reinitialise(bus, apqn);
  } else if (deconfigured && !state.queuesDeconfigured.has(apqn)) {
    state.queuesDeconfigured.add(apqn);
    goBad(bus, apqn);
    queueUevent(bus, "change", apqn, "CONFIG=0");
  } else if (!deconfigured && state.queuesDeconfigured.has(apqn)) {
    state.queuesDeconfigured.remove(apqn);
    queueUevent(bus, "change", apqn, "CONFIG=1");
    reinitialise(bus, apqn);
  } else if (!deconfigured && state.bad.has(apqn)) {
    reinitialise(bus, apqn);
  }
}

/** A write to the queue's reset: the bus resets it, unless it was never brought up. */
export function resetByHand(bus: ApBus, apqn: Apqn): void {
  if (isFresh(bus, apqn)) bus.state.resetPending.add(apqn);
  else initialiseQueue(bus, apqn);
}

const NOT_OPERATIONAL = refused("ENODEV", "not-operational");
const CARD_OFFLINE = refused("EINVAL", "not-operational");

/**
 * A write to the online of a queue that cex4queue has.
 *
 * @returns ENODEV switching on while card or queue are deconfigured or check-stopped; EINVAL while the card is offline
 */
export function switchQueue(bus: ApBus, apqn: Apqn, online: boolean): Result<void> {
  const { state } = bus;
  if (online) {
    const operational = !state.queuesDeconfigured.has(apqn) && !state.queuesCheckstopped.has(apqn);
    if (!operational || !state.isCardOperational(apidOf(apqn))) return NOT_OPERATIONAL;
    if (state.cardsOffline.has(apidOf(apqn))) return CARD_OFFLINE;
  }
  state.queuesOffline.set(apqn, !online);
  queueUevent(bus, "change", apqn, `ONLINE=${online ? 1 : 0}`);
  return DONE;
}
