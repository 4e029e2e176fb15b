// Secure Execution, as the bus has it: binding a queue to this guest, taking that back, and associating it, as asked for in the queue's
// files se_bind and se_associate. docs/kernel/bus.md §8.2. What the machine does about it: system/machine/secure-binding.ts.
import { type Apqn, apidOf, apqnOf } from "../ap/apqn.ts";
import type { CardMode } from "../ap/card-type.ts";
import { NONE } from "../ap/id.ts";
import { RC } from "../ap/response-code.ts";
import { DONE, done, type Result, refused } from "../ap/result.ts";
import { associateQueue, BS, bindQueue, bindState, isUsable, testBinding } from "../machine/secure-binding.ts";
import type { ApBus } from "./ap-bus.ts";
import { bringUp, goBad, isFresh, isResetting, poll, resetByHand } from "./queue-reset.ts";
import { queueUevent } from "./uevents.ts";

/** Accelerators and EP11 cards can be bound, and only EP11 cards, which have secure keys, associated. The card device decides. */
const canBind = (mode: CardMode): boolean => mode !== "cca";
const canAssociate = (mode: CardMode): boolean => mode === "ep11";

const modeOf = ({ state }: ApBus, apqn: Apqn): CardMode => state.cardMode(apidOf(apqn));

/** The queue has the files se_bind and se_associate. */
export function hasBindingFiles(bus: ApBus, apqn: Apqn): boolean {
  const { secureBinding } = bus.busRules;
  if (!bus.state.facts.se || !secureBinding) return false;
  return secureBinding.files === "every-queue" || canBind(modeOf(bus, apqn));
}

const NOT_SUPPORTED = refused("EINVAL", "binding-not-supported");
const WRONG_STATE = refused("EINVAL", "wrong-bind-state");
const NOT_IDLE = refused("EBUSY", "queue-not-idle");
const MACHINE_REFUSES = refused("EIO", "machine-refuses");

/** Whether a write is looked at, whatever it says: EINVAL if the card cannot be bound, or associated. */
export const supportsBinding = (bus: ApBus, apqn: Apqn): Result<void> =>
  canBind(modeOf(bus, apqn)) ? DONE : NOT_SUPPORTED;
export const supportsAssociation = (bus: ApBus, apqn: Apqn): Result<void> =>
  canAssociate(modeOf(bus, apqn)) ? DONE : NOT_SUPPORTED;

/** What se_bind shows; EIO while the machine answers a code above busy. */
export function bindingShown(bus: ApBus, apqn: Apqn): Result<string> {
  if (!canBind(modeOf(bus, apqn))) return done("-");
  if (testBinding(bus.state, apqn) > RC.busy) return MACHINE_REFUSES;
  return done(isUsable(bus.state, apqn) ? "bound" : "unbound");
}

/** What se_associate shows; EIO too of a queue that is associated with what the bus does not know. */
export function associationShown(bus: ApBus, apqn: Apqn): Result<string> {
  const { state } = bus;
  if (!canAssociate(modeOf(bus, apqn))) return done("-");
  if (testBinding(state, apqn) > RC.busy) return MACHINE_REFUSES;
  const known = state.secure?.known.get(apqn) ?? 0;
  switch (bindState(state, apqn)) {
    case BS.usable:
      return known === 0 ? MACHINE_REFUSES : done(`associated ${known - 1}`);
    case BS.needsAssociation:
      return done(known === 0 ? "unassociated" : "association pending");
    default:
      return done("unassociated");
  }
}

/**
 * A true value written to se_bind.
 *
 * @returns EIO the machine does not answer 00, or binds without success; EINVAL the queue is not there to be bound; EBUSY it is being reset.
 *   Kernels that do not look at the state first leave all that to the machine, but for EBUSY.
 */
export function bindSecurely(bus: ApBus, apqn: Apqn): Result<void> {
  const { state } = bus;
  const { looksFirst, uevents } = rulesOf(bus);
  if (looksFirst) {
    if (testBinding(state, apqn) !== RC.normal) return MACHINE_REFUSES;
    if (bindState(state, apqn) !== BS.availableForBinding) return WRONG_STATE;
  }
  if (isResetting(state, apqn)) return NOT_IDLE;
  if (bindQueue(state, apqn) !== RC.normal) return MACHINE_REFUSES;
  if (looksFirst) {
    if (!isUsable(state, apqn)) return MACHINE_REFUSES;
    state.secure?.known.set(apqn, 0);
  }
  if (uevents) queueUevent(bus, "change", apqn, "SE_BIND=1");
  return DONE;
}

/** A false value written to se_bind: the queue is reset, which undoes binding and association. */
export function unbindSecurely(bus: ApBus, apqn: Apqn): void {
  bus.state.secure?.known.set(apqn, 0);
  if (rulesOf(bus).looksFirst) bringUp(bus, apqn);
  else resetByHand(bus, apqn);
  poll(bus);
}

/**
 * A number written to se_associate. It may still be under way afterwards (endAssociations).
 *
 * @param index number of a secret, 0..0xfffe
 * @returns EIO the machine does not answer 00, or refuses; EINVAL the queue is not bound, or needs no association; EBUSY it is being reset
 *   or associated
 */
export function associateSecurely(bus: ApBus, apqn: Apqn, index: number): Result<void> {
  const { state } = bus;
  const { secure } = state;
  if (!secure) return MACHINE_REFUSES;
  const { looksFirst } = rulesOf(bus);
  if (looksFirst) {
    if (testBinding(state, apqn) !== RC.normal) return MACHINE_REFUSES;
    if (bindState(state, apqn) !== BS.needsAssociation) return WRONG_STATE;
  }
  if (isResetting(state, apqn) || secure.waits.get(apqn) !== 0) return NOT_IDLE;
  if (!looksFirst && secure.known.get(apqn) !== 0) return WRONG_STATE;
  const rc = associateQueue(state, apqn, index);
  if (rc !== RC.normal && rc !== RC.stateChangeInProgress) return MACHINE_REFUSES;
  secure.waits.set(apqn, 1);
  secure.known.set(apqn, index + 1);
  endAssociation(bus, apqn);
  return DONE;
}

function rulesOf({ busRules }: ApBus): { readonly looksFirst: boolean; readonly uevents: boolean } {
  return busRules.secureBinding ?? { looksFirst: true, uevents: false };
}

/** The end of a scan: associations that were under way may be through. */
export function endAssociations(bus: ApBus): void {
  const { state } = bus;
  if (!state.secure) return;
  for (let apid = state.cards.next(0); apid !== NONE; apid = state.cards.next(apid + 1)) {
    const queues = state.devices.row(apid);
    for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1)) {
      const apqn = apqnOf(apid, apqi);
      if (state.secure.waits.get(apqn) !== 0) endAssociation(bus, apqn);
    }
  }
}

/** The bus looks how far an association is; a queue that it does not use, or that is out of order, it leaves alone. */
function endAssociation(bus: ApBus, apqn: Apqn): void {
  const { state } = bus;
  if (isFresh(state, apqn) || state.queuesDeconfigured.has(apqn) || state.queuesCheckstopped.has(apqn)) return;
  if (testBinding(state, apqn) > RC.busy) {
    goBad(state, apqn);
    return;
  }
  switch (bindState(state, apqn)) {
    case BS.usable: {
      state.secure?.waits.set(apqn, 0);
      const index = (state.secure?.known.get(apqn) ?? 0) - 1;
      if (rulesOf(bus).uevents) queueUevent(bus, "change", apqn, `SE_ASSOC=${index}`);
      return;
    }
    case BS.needsAssociation:
      return;
    default:
      // Somebody has reset it meanwhile.
      state.secure?.known.set(apqn, 0);
      goBad(state, apqn);
  }
}
