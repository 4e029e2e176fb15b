// The machine that the host runs on: what AP instructions answer, and what an operator at the console can change. The rules for
// the answers are those of docs/trace-format.md §2; nothing here knows of drivers.

import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import type { CardMode } from "../ap/card-type.ts";
import { type Apid, asApid, asApqi, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import { type Matrix, setMatrix } from "../ap/matrix.ts";
import { RC, type ResponseCode } from "../ap/response-code.ts";
import type { HardwareAtBoot } from "./facts.ts";
import type { HostState } from "./host-state.ts";

/** A fault field holds a code with this bit, so that code 00 can be told from no fault. */
const FAULT = 0x100;

/** Power on: the masks and the cards of the machine. */
export function powerOn(state: HostState, hardware: HardwareAtBoot): void {
  setMatrix(state.machine, hardware);
  for (let apid = 0; apid < 256; apid++) {
    state.setMachineCard(asApid(apid), hardware.typeOf(apid), hardware.modeOf(apid));
  }
}

/** What the queues of an adapter answer, as far as that is a matter of the card: 00, 01, 03 or 04. */
export function testCard(state: HostState, apid: Apid): ResponseCode {
  if (!state.answering.apm.has(apid)) return RC.notAvailable;
  if (state.deconfigured.has(apid)) return RC.deconfigured;
  if (state.checkstopped.has(apid)) return RC.checkstopped;
  return RC.normal;
}

/** TAPQ: 01 not in the masks, 03 deconfigured, 04 check-stopped, else 00. */
export const testQueue = (state: HostState, apqn: Apqn): ResponseCode =>
  state.answering.aqm.has(apqiOf(apqn)) ? testCard(state, apidOf(apqn)) : RC.notAvailable;

/**
 * ZAPQ or RAPQ, as often as it takes: busy and in progress end by themselves.
 *
 * @param patient false for the kernels that gave up on busy at once
 * @returns 00, the interrupts are off and what Secure Execution bound is undone; or a code, and nothing was done
 */
export function resetQueue(state: HostState, apqn: Apqn, patient: boolean): ResponseCode {
  const tested = testQueue(state, apqn);
  if (tested !== RC.normal) return tested;
  const fault = state.resetFault.get(apqn) & ~FAULT;
  if (fault === RC.busy && !patient) return fault;
  if (fault !== RC.normal && fault !== RC.busy && fault !== RC.resetInProgress) return fault;
  queueWasReset(state, apqn);
  return RC.normal;
}

/** What a reset leaves, here and for every host beneath: there is but one queue. */
export function queueWasReset(state: HostState, apqn: Apqn): void {
  state.interrupts.remove(apqn);
  state.secure?.reset(apqn);
  state.beneath?.wasReset(apqn);
}

/**
 * AQIC: switch the interrupts of a queue.
 *
 * @returns 07 when they are so already; another code, and nothing was done
 */
export function switchInterrupts(state: HostState, apqn: Apqn, on: boolean): ResponseCode {
  const tested = testQueue(state, apqn);
  if (tested !== RC.normal) return tested;
  const fault = state.aqicFault.get(apqn);
  if (fault !== 0) return fault & ~FAULT;
  const row = state.interrupts.row(apidOf(apqn));
  const rc =
    state.beneath?.switchInterrupts(apqn, on) ?? (row.has(apqiOf(apqn)) === on ? RC.otherwiseChanged : RC.normal);
  if (rc === RC.normal) row.set(apqiOf(apqn), on);
  return rc;
}

/**
 * What a reset, interrupt control, binding or association of one queue is to answer from now on; undefined leaves a fault as it is, "ok"
 * ends it. Only queues of a Secure Execution guest can be bound and associated.
 */
export interface Fault {
  readonly reset?: ResponseCode | "ok";
  readonly aqic?: ResponseCode | "ok";
  readonly bind?: ResponseCode | "ok";
  readonly associate?: ResponseCode | "ok";
}

const faultField = (code: ResponseCode | "ok"): number => (code === "ok" ? 0 : FAULT | code);

export function setFault(state: HostState, apqn: Apqn, fault: Fault): void {
  if (!state.holds(apqn)) return;
  if (fault.reset !== undefined) state.resetFault.set(apqn, faultField(fault.reset));
  if (fault.aqic !== undefined) state.aqicFault.set(apqn, faultField(fault.aqic));
  if (fault.bind !== undefined) state.secure?.bindFault.set(apqn, faultField(fault.bind));
  if (fault.associate !== undefined) {
    state.secure?.associateFault.set(apqn, faultField(fault.associate));
    // What was under way is through when nothing holds it up any more.
    if (fault.associate === "ok") state.secure?.pending.set(apqn, 0);
  }
  const { resetFault, aqicFault, secure } = state;
  const fields = [resetFault, aqicFault, secure?.bindFault, secure?.associateFault];
  state.faulty.set(
    apqn,
    fields.some((field) => field !== undefined && field.get(apqn) !== 0),
  );
}

/** What a card's queues hold goes at once, all or in some domains: their interrupts, and what Secure Execution bound. */
function dropHeld(state: HostState, apid: Apid, domains?: Aqm): void {
  if (apid >= state.layout.adapters) return;
  const row = state.interrupts.row(apid);
  if (domains === undefined) row.clear();
  else row.removeAll(domains);
  dropBindings(state, apid, domains);
}

function dropBindings(state: HostState, apid: Apid, domains?: Aqm): void {
  if (!state.secure || apid >= state.layout.adapters) return;
  for (let domain = 0; domain < state.layout.domains; domain++) {
    const apqi = asApqi(domain);
    if (domains?.has(apqi) !== false) state.secure.reset(apqnOf(apid, apqi));
  }
}

/** The administrator of the machine changes its masks. What left takes what its queues held with it; the host notices at a scan. */
export function changeMasks(state: HostState, to: Matrix): void {
  const { removed } = state.scratch;
  removed.apm.setDifference(state.machine.apm, to.apm);
  removed.aqm.setDifference(state.machine.aqm, to.aqm);
  setMatrix(state.machine, to);
  for (let apid = removed.apm.next(0); apid !== NONE; apid = removed.apm.next(apid + 1)) dropHeld(state, apid);
  if (removed.aqm.isEmpty()) return;
  for (let apid = 0; apid < state.layout.adapters; apid++) dropHeld(state, asApid(apid), removed.aqm);
}

export interface CardChange {
  readonly configured?: boolean;
  readonly checkstopped?: boolean;
  /** 0..255 */
  readonly type?: number;
  readonly mode?: CardMode;
}

/** The state of one card changes; the host notices at a scan. */
export function changeCard(state: HostState, apid: Apid, change: CardChange): void {
  if (change.configured !== undefined) state.deconfigured.set(apid, !change.configured);
  if (change.checkstopped !== undefined) state.checkstopped.set(apid, change.checkstopped);
  const [type, mode] = [change.type ?? state.machineType(apid), change.mode ?? state.machineMode(apid)];
  if (change.configured === false || change.checkstopped === true) dropHeld(state, apid);
  // Another card has never been bound.
  else if (type !== state.machineType(apid) || mode !== state.machineMode(apid)) dropBindings(state, apid);
  state.setMachineCard(apid, type, mode);
}
