// The bus's own resets of a queue: it starts one to use the queue, waits for it, and tries again whenever it polls. What each state
// means stands in docs/trace-format.md §3: fresh (neither up nor bad), up, bad. docs/kernel/bus.md §5.2.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { type Apid, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import { RC } from "../ap/response-code.ts";
import { resetQueue, testCard, testQueue } from "../machine/hardware.ts";
import type { HostState } from "../machine/host-state.ts";
import { type ApBus, tell } from "./ap-bus.ts";

/** The bus has never used the queue since its device was made or since a driver last left it. */
export const isFresh = (state: HostState, apqn: Apqn): boolean => !state.up.has(apqn) && !state.bad.has(apqn);

/** A reset was asked for and is not through. */
export const isResetting = (state: HostState, apqn: Apqn): boolean =>
  state.resetStart.has(apqn) || state.resetWait.has(apqn);

/** The bus begins to use a queue: it counts as up, and is reset unless its device is held to be out of order. */
export function bringUp(bus: ApBus, apqn: Apqn): void {
  markUp(bus.state, apqn);
  resetByHand(bus, apqn);
}

/** It counts as up, and a reset is asked for. */
export function markUp(state: HostState, apqn: Apqn): void {
  state.up.add(apqn);
  state.bad.remove(apqn);
  state.secure?.known.set(apqn, 0);
  askForReset(state, apqn);
}

function askForReset(state: HostState, apqn: Apqn): void {
  state.resetStart.add(apqn);
  state.resetWait.remove(apqn);
  state.secure?.waits.set(apqn, 0);
}

/** A write to the queue's reset. A queue in error stays there until a scan brings it up. */
export function resetByHand(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  askForReset(state, apqn);
  if (!state.queuesDeconfigured.has(apqn) && !state.queuesCheckstopped.has(apqn) && !isFresh(state, apqn)) {
    startReset(bus, apqn);
  }
}

function startReset(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  const rc = resetQueue(state, apqn, true);
  if (bus.observer) tell(bus, { kind: "queue-reset", apqn, rc, by: "bus" });
  if (rc !== RC.normal) {
    goBad(state, apqn);
    return;
  }
  state.resetStart.remove(apqn);
  state.resetWait.add(apqn);
  state.set("pollDue", 1);
}

/** An error: the bus does not use the queue until a scan has brought it up again. */
export function goBad(state: HostState, apqn: Apqn): void {
  if (isFresh(state, apqn)) return;
  state.up.remove(apqn);
  state.bad.add(apqn);
}

/**
 * The end of an operation. A reset that was started makes the bus poll, and then it looks after every queue that has a driver: what
 * waits is through, what failed is tried again. Queues without a driver are left waiting.
 */
export function poll(bus: ApBus): void {
  const { state } = bus;
  if (state.get("pollDue") === 0) return;
  const { pollRow: row } = state.scratch;
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    row.copy(state.resetStart.row(apid));
    row.addAll(state.resetWait.row(apid));
    if (!row.isEmpty()) pollCard(bus, apid, row);
  }
  state.set("pollDue", 0);
}

function pollCard(bus: ApBus, apid: Apid, row: Aqm): void {
  const { state } = bus;
  row.removeAll(state.queuesDeconfigured.row(apid));
  row.removeAll(state.queuesCheckstopped.row(apid));
  for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) {
    const apqn = apqnOf(apid, apqi);
    if (!state.isBound(apqn) || isFresh(state, apqn)) row.remove(apqi);
    else if (state.resetStart.has(apqn)) startReset(bus, apqn);
  }
  row.retainAll(state.resetWait.row(apid));
  if (testCard(state, apid) === RC.normal && state.answering.aqm.containsAll(row))
    state.resetWait.row(apid).removeAll(row);
  else for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) endReset(state, apqnOf(apid, apqi));
}

function endReset(state: HostState, apqn: Apqn): void {
  if (testQueue(state, apqn) === RC.normal) state.resetWait.row(apidOf(apqn)).remove(apqiOf(apqn));
  else goBad(state, apqn);
}
