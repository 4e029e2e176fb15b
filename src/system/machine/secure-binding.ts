// Secure Execution, as the machine has it: a guest binds a queue to itself, and if the card has secure keys, associates it with one of its
// secrets. Only then can the queue be used. docs/kernel/bus.md §8.1.
import { type Apqn, apidOf, apqiOf } from "../ap/apqn.ts";
import { RC, type ResponseCode } from "../ap/response-code.ts";
import { testQueue } from "./hardware.ts";
import type { HostState } from "./host-state.ts";

/** The bind state BS, as testing a queue tells it. */
export const BS = { usable: 0, needsAssociation: 1, availableForBinding: 2, unusable: 3 } as const;
export type BindState = (typeof BS)[keyof typeof BS];

/** 0 on every machine that is not a Secure Execution guest. Cards in CCA mode are not for such guests. */
export function bindState(state: HostState, apqn: Apqn): BindState {
  const { secure } = state;
  if (!state.facts.se || !secure || !isInMachine(state, apqn)) return BS.usable;
  const mode = state.machineMode(apidOf(apqn));
  if (mode === "cca") return BS.unusable;
  if (secure.bound.get(apqn) === 0) return BS.availableForBinding;
  if (mode === "accel") return BS.usable;
  return secure.index.get(apqn) !== 0 && secure.pending.get(apqn) === 0 ? BS.usable : BS.needsAssociation;
}

/** Of a queue that is not there, testing tells nothing but zeros. */
const isInMachine = (state: HostState, apqn: Apqn): boolean =>
  state.holds(apqn) && state.answering.apm.has(apidOf(apqn)) && state.answering.aqm.has(apqiOf(apqn));

/** A guest may send requests to it, if perhaps none with secure keys. */
export function isUsable(state: HostState, apqn: Apqn): boolean {
  const bs = bindState(state, apqn);
  return bs === BS.usable || bs === BS.needsAssociation;
}

/** TAPQ, which also tells that an association failed. */
export function testBinding(state: HostState, apqn: Apqn): ResponseCode {
  const tested = testQueue(state, apqn);
  return tested === RC.normal ? (state.secure?.failure.get(apqn) ?? RC.normal) : tested;
}

/** The field of a fault holds its code and a bit above it. */
const CODES = 0x100;

/**
 * BAPQ.
 *
 * @returns 00 and the queue is bound; another code, and nothing was done. A fault 00 says so without doing it.
 */
export function bindQueue(state: HostState, apqn: Apqn): ResponseCode {
  const { secure } = state;
  const tested = testBinding(state, apqn);
  if (tested !== RC.normal) return tested;
  if (!secure || bindState(state, apqn) !== BS.availableForBinding) return RC.bindError;
  const fault = secure.bindFault.get(apqn);
  if (fault !== 0) return fault % CODES;
  queueWasBound(state, apqn);
  return RC.normal;
}

/** The queue is bound, here and for every host beneath. */
export function queueWasBound({ secure, beneath }: HostState, apqn: Apqn): void {
  secure?.bound.set(apqn, 1);
  beneath?.wasBound(apqn);
}

/**
 * AAPQ: associate a bound queue with a secret of the guest.
 *
 * @param index number of the secret, 0..0xfffe
 * @returns 00 and it is associated. With a fault: 00 or 0a and the association stays under way until the fault ends; 00 for the faults 35
 *   and 36, and from then on the queue answers those; any other code, and nothing was done
 */
export function associateQueue(state: HostState, apqn: Apqn, index: number): ResponseCode {
  const { secure } = state;
  const tested = testBinding(state, apqn);
  if (tested !== RC.normal) return tested;
  if (!secure || bindState(state, apqn) !== BS.needsAssociation || secure.pending.get(apqn) !== 0)
    return RC.notAvailableForAssociation;
  const fault = secure.associateFault.get(apqn);
  const code = fault % CODES;
  if (fault === 0 || code === RC.normal || code === RC.stateChangeInProgress) {
    secure.index.set(apqn, index + 1);
    secure.pending.set(apqn, fault === 0 ? 0 : 1);
    return code;
  }
  if (code !== RC.secretNotUnique && code !== RC.associationFailed) return code;
  secure.failure.set(apqn, code);
  return RC.normal;
}
