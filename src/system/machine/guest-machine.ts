// A machine that is another host's guest. Its masks are those that the host gave it last; what answers is what every host beneath still
// has; types, modes, standby, check stop and faults are those of the real cards. Nothing here is a rule of the bus or of vfio_ap: they run
// on this machine as on any other. Facts: docs/guests.md.
import { type Apqn, apqnOf } from "../ap/apqn.ts";
import { asApid, NONE } from "../ap/id.ts";
import { type Matrix, matricesEqual } from "../ap/matrix.ts";
import { noProduct } from "../ap/product.ts";
import { changeMasks } from "./hardware.ts";
import type { HostState } from "./host-state.ts";

/** Power on: as the host is now. */
export function powerOnGuest(state: HostState, outer: HostState, given: Matrix): void {
  state.answering = noProduct();
  followHost(state, outer, given);
}

/**
 * What the host did, or what happened to its own machine, has reached the guest's machine when this returns; the guest's bus notices at a
 * scan.
 *
 * @param given the masks that the host gave the guest last
 */
export function followHost(state: HostState, outer: HostState, given: Matrix): void {
  if (!matricesEqual(state.machine, given)) changeMasks(state, given);
  const { answering } = state;
  answering.apm.setIntersection(given.apm, outer.answering.apm);
  answering.aqm.setIntersection(given.aqm, outer.answering.aqm);
  state.deconfigured.copy(outer.deconfigured);
  state.checkstopped.copy(outer.checkstopped);
  state.takeMachineCards(outer);
  followQueues(state, outer);
  followBindings(state, outer);
}

/**
 * There is one queue: its interrupts are on or off here as beneath, whoever switched them, and it has the same faults. A guest that cannot
 * query its machine numbers fewer queues than its host; a row of it may have room for more than it numbers.
 */
function followQueues(state: HostState, outer: HostState): void {
  if (!state.interrupts.isEmpty() || !outer.interrupts.isEmpty()) followInterrupts(state, outer);
  if (!state.faulty.isEmpty() || !outer.faulty.isEmpty()) followFaults(state, outer);
}

const commonAdapters = (state: HostState, outer: HostState): number =>
  Math.min(state.layout.adapters, outer.layout.adapters);

function followInterrupts(state: HostState, outer: HostState): void {
  const { answering, layout } = state;
  for (let adapter = commonAdapters(state, outer) - 1; adapter >= 0; adapter--) {
    const apid = asApid(adapter);
    const interrupts = state.interrupts.row(apid);
    if (answering.apm.has(apid)) {
      interrupts.setIntersection(outer.interrupts.row(apid), answering.aqm);
      interrupts.removeFrom(layout.domains);
    } else interrupts.clear();
  }
}

function followFaults(state: HostState, outer: HostState): void {
  for (let adapter = commonAdapters(state, outer) - 1; adapter >= 0; adapter--) {
    const apid = asApid(adapter);
    const faulty = state.faulty.row(apid);
    const beneath = outer.faulty.row(apid);
    if (faulty.isEmpty() && beneath.isEmpty()) continue;
    faulty.addAll(beneath);
    faulty.removeFrom(state.layout.domains);
    for (let apqi = faulty.next(0); apqi !== NONE; apqi = faulty.next(apqi + 1)) {
      takeFaults(state, outer, apqnOf(apid, apqi));
    }
    faulty.copy(beneath);
    faulty.removeFrom(state.layout.domains);
  }
}

function takeFaults(state: HostState, outer: HostState, apqn: Apqn): void {
  state.resetFault.set(apqn, outer.resetFault.get(apqn));
  state.aqicFault.set(apqn, outer.aqicFault.get(apqn));
  if (!state.secure || !outer.secure) return;
  state.secure.bindFault.set(apqn, outer.secure.bindFault.get(apqn));
  const associateFault = outer.secure.associateFault.get(apqn);
  state.secure.associateFault.set(apqn, associateFault);
  // What was under way is through when nothing holds it up any more.
  if (associateFault === 0) state.secure.pending.set(apqn, 0);
}

/** A queue that was reset beneath is bound no more (Secure Execution). */
function followBindings(state: HostState, outer: HostState): void {
  const { secure, machine } = state;
  if (!secure) return;
  for (
    let apid = machine.apm.next(0);
    apid !== NONE && apid < state.layout.adapters;
    apid = machine.apm.next(apid + 1)
  ) {
    for (let apqi = machine.aqm.next(0); apqi !== NONE; apqi = machine.aqm.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      if (!state.holds(apqn) || secure.bound.get(apqn) === 0) continue;
      if (outer.secure?.bound.get(apqn) !== 1) secure.reset(apqn);
    }
  }
}
