// Card devices: made and unmade by scans, bound to cex4card, switched on and off by hand. docs/kernel/bus.md §5.1, §6.
import type { Apid } from "../ap/id.ts";
import { RC } from "../ap/response-code.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import { changeCard, testCard } from "../machine/hardware.ts";
import type { ApBus } from "./ap-bus.ts";
import { noteBinding } from "./bindings.ts";
import { inOrderOfCard } from "./device-order.ts";
import { removeQueueDevice } from "./queue-device.ts";
import { countCardAtBoot } from "./requests.ts";
import { cardUevent } from "./uevents.ts";
import { cardLeft } from "./zcrypt.ts";

/** A card of a usable type has come into sight. */
export function createCard(bus: ApBus, apid: Apid): void {
  const { state } = bus;
  state.cards.add(apid);
  state.adoptCard(apid);
  countCardAtBoot(state, apid);
  state.cardsDeconfigured.set(apid, testCard(state, apid) === RC.deconfigured);
  state.cardsCheckstopped.set(apid, testCard(state, apid) === RC.checkstopped);
  cardUevent(bus, "add", apid);
  if (state.get("autoprobe") !== 0) bindCard(bus, apid);
}

/** First its queue devices go, each with all that its driver does about it, then the card. */
export function removeCard(bus: ApBus, apid: Apid): void {
  const { state } = bus;
  inOrderOfCard(bus, apid, removeQueueDevice);
  if (state.cardsBound.has(apid)) unbindCard(bus, apid);
  cardUevent(bus, "remove", apid);
  state.cards.remove(apid);
  state.cardsDeconfigured.remove(apid);
  state.cardsCheckstopped.remove(apid);
  state.cardsCounting.remove(apid);
  state.forgetCard(apid);
}

/** cex4card takes every card it is given. */
export function bindCard(bus: ApBus, apid: Apid): void {
  bus.state.cardsBound.add(apid);
  noteBinding(bus);
  cardUevent(bus, "bind", apid);
}

export function unbindCard(bus: ApBus, apid: Apid): void {
  cardLeft(bus, apid);
  bus.state.cardsBound.remove(apid);
  cardUevent(bus, "unbind", apid);
}

/** The card device takes over whether the card is configured; only a flip is told. */
export function noteCardState(bus: ApBus, apid: Apid): void {
  const { state } = bus;
  const deconfigured = testCard(state, apid) === RC.deconfigured;
  state.cardsCheckstopped.set(apid, testCard(state, apid) === RC.checkstopped);
  if (state.cardsDeconfigured.has(apid) === deconfigured) return;
  state.cardsDeconfigured.set(apid, deconfigured);
  cardUevent(bus, "change", apid, `CONFIG=${deconfigured ? 0 : 1}`);
}

const NOT_IN_MACHINE = refused("EIO", "adapter-not-in-machine");
const NO_RECONFIGURATION = refused("EOPNOTSUPP", "feature-missing");

/**
 * A write to the card's config: standby or back, relative to what the device shows. The uevent is sent even if nothing changes.
 *
 * @returns EOPNOTSUPP if the machine's console does not do that, as a guest's; EIO if it does not have the adapter (any more)
 */
export function configureCard(bus: ApBus, apid: Apid, on: boolean): Result<void> {
  const { state } = bus;
  if (state.cardsDeconfigured.has(apid) === on) {
    if (!state.facts.reconfigures) return NO_RECONFIGURATION;
    if (!state.machine.apm.has(apid)) return NOT_IN_MACHINE;
    changeCard(state, apid, { configured: on });
    state.cardsDeconfigured.set(apid, !on);
  }
  cardUevent(bus, "change", apid, `CONFIG=${on ? 1 : 0}`);
  return DONE;
}
