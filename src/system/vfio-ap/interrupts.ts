// Guest interrupts of a queue: registration (ISC, address of the notification byte) beside the hardware's switch, and where
// the two part ways. docs/kernel/hotplug.md §15.
import { type Apqn, apqnOf } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import { RC, type ResponseCode } from "../ap/response-code.ts";
import { tell } from "../bus/ap-bus.ts";
import { switchInterrupts } from "../machine/hardware.ts";
import type { HostState } from "../machine/host-state.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";
import { backLink, isLinkedTo } from "./links.ts";

/** Guest memory is this large, all of it can be pinned. docs/trace-format.md §2. */
export const GUEST_MEMORY = 16 * 1024 * 1024;

function noteRegistration(state: HostState, apqn: Apqn): void {
  const registered = state.isc.get(apqn) !== 0 || state.nib.get(apqn) !== 0;
  state.registered.set(apqn, registered);
}

/**
 * Unregister the ISC and unpin the page, as far as something is registered. Without a pointer to an mdev the page cannot be
 * unpinned and its address stays.
 */
export function releaseInterrupts(host: Host, apqn: Apqn, pointsBack: boolean): void {
  const { state } = host;
  if (!state.registered.has(apqn)) return;
  if (state.isc.get(apqn) !== 0 && host.observer) tell(host, { kind: "interrupts-released", apqn });
  state.isc.set(apqn, 0);
  if (pointsBack) state.nib.set(apqn, 0);
  noteRegistration(state, apqn);
}

/** Forget the registration together with the queue object that held it. */
export function forgetInterrupts(state: HostState, apqn: Apqn): void {
  state.isc.set(apqn, 0);
  state.nib.set(apqn, 0);
  noteRegistration(state, apqn);
}

/** What a guest asks for: ISC 0..7 and the guest address of the notification byte. */
export interface InterruptRequest {
  readonly isc: number;
  readonly nib: number;
}

/**
 * Guest AQIC, enable. The shadow is not consulted (docs/kernel/faults.md B-17).
 *
 * @returns 01 if the queue is not linked to the guest's mdev; 06 for an address that cannot be pinned; else the machine's answer
 */
export function enableInterrupts(host: Host, mdev: Mdev, apqn: Apqn, { isc, nib }: InterruptRequest): ResponseCode {
  const { state } = host;
  if (!isLinkedTo(state, mdev, apqn)) return RC.notAvailable;
  if (!(nib > 0 && nib < GUEST_MEMORY)) return RC.invalidAddress;
  const rc = switchInterrupts(state, apqn, true);
  if (rc === RC.normal) {
    releaseInterrupts(host, apqn, true);
    state.isc.set(apqn, isc + 1);
    state.nib.set(apqn, nib);
    noteRegistration(state, apqn);
    if (host.observer) tell(host, { kind: "interrupts-registered", apqn, isc, nib });
  } else if (rc !== RC.otherwiseChanged) {
    // The old registration is lost, the new one leaks (docs/kernel/faults.md B-2).
    disable(host, apqn);
  }
  return rc;
}

/**
 * Guest AQIC, disable: the registration goes whatever the machine answers.
 *
 * @returns 01 if the queue is not linked to the guest's mdev; else the machine's answer
 */
export function disableInterrupts(host: Host, mdev: Mdev, apqn: Apqn): ResponseCode {
  if (!isLinkedTo(host.state, mdev, apqn)) return RC.notAvailable;
  return disable(host, apqn);
}

function disable(host: Host, apqn: Apqn): ResponseCode {
  const rc = switchInterrupts(host.state, apqn, false);
  releaseInterrupts(host, apqn, backLink(host.state, apqn) !== undefined);
  return rc;
}

/** A range of guest addresses, in bytes. */
export interface AddressRange {
  readonly start: number;
  readonly length: number;
}

/**
 * Guest memory goes away: linked queues whose notification byte lies in it lose their interrupts. Address 0 means none, and is
 * an address all the same (docs/kernel/faults.md B-38).
 */
export function unmapMemory(host: Host, mdev: Mdev, { start, length }: AddressRange): void {
  const { state } = host;
  const { apm, aqm } = mdev.matrix;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    const linked = state.linked.row(apid);
    for (let apqi = linked.next(0); apqi !== NONE; apqi = linked.next(apqi + 1)) {
      const nib = state.nib.get(apqnOf(apid, apqi));
      if (!aqm.has(apqi) || nib < start || nib >= start + length) continue;
      if (host.profile.unmapDisables) disable(host, apqnOf(apid, apqi));
      else if (nib !== 0) forgetInterruptPage(state, apqnOf(apid, apqi));
    }
  }
}

/** Before 6.6 the page was just unpinned; the interrupts stayed on. */
function forgetInterruptPage(state: HostState, apqn: Apqn): void {
  state.nib.set(apqn, 0);
  noteRegistration(state, apqn);
}
