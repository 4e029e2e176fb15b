// The host's own drivers, cex4card and cex4queue of zcrypt, and what they keep of the devices that they have: which of them are
// switched off, the order in which a card's queues came, and the card object that a queue was bound with.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, asApqi, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import type { HostState } from "../machine/host-state.ts";
import { isUsable } from "../machine/secure-binding.ts";
import type { ApBus } from "./ap-bus.ts";
import { bringUp } from "./queue-reset.ts";
import { cardUevent, queueUevent } from "./uevents.ts";

/** The C follows a null pointer for a queue whose card has no driver; here the driver does not take it. */
export const takesQueue = ({ state }: ApBus, apqn: Apqn): boolean =>
  state.facts.hostDrivers === "bind-only" || state.cardsBound.has(apidOf(apqn));

/** cex4queue has just been given the queue. It uses it, and it is online, whatever its card is. */
export function queueTaken(bus: ApBus, apqn: Apqn): void {
  if (bus.state.facts.hostDrivers === "bind-only") return;
  noteOrder(bus.state, apqn);
  bringUp(bus, apqn);
}

/** The queue leaves cex4queue. */
export function queueLeft({ state }: ApBus, apqn: Apqn): void {
  forgetOrder(state, apqn);
  state.queuesOffline.remove(apqn);
  state.oldCard.remove(apqn);
  state.oldCardOffline.remove(apqn);
}

/** The card leaves cex4card: the queues that cex4queue has keep its object, as it is now. */
export function cardLeft({ state }: ApBus, apid: Apid): void {
  const queues = queuesOfCard(state, apid);
  if (state.cardsOffline.has(apid)) state.oldCardOffline.row(apid).addAll(queues);
  state.oldCard.row(apid).addAll(queues);
  dropOrder(state, apid, queues);
  state.cardsOffline.remove(apid);
}

/** Queues bound since their card was last bound: those that the card object knows. */
function queuesOfCard(state: HostState, apid: Apid): Aqm {
  const { orderRow: row } = state.scratch;
  row.setDifference(state.cexBound.row(apid), state.oldCard.row(apid));
  return row;
}

/** The newest queue of its card is the last in order. While the order is that of the domains, nothing is written down. */
function noteOrder(state: HostState, apqn: Apqn): void {
  const apid = apidOf(apqn);
  const others = queuesOfCard(state, apid);
  others.remove(apqiOf(apqn));
  if (!state.bindOrder.has(apid)) {
    if (others.next(apqiOf(apqn)) === NONE) return;
    state.bindOrder.add(apid);
    let rank = 0;
    for (let apqi = others.next(0); apqi !== NONE; apqi = others.next(apqi + 1)) {
      state.bindRank.set(apqnOf(apid, apqi), rank++);
    }
  }
  state.bindRank.set(apqn, others.count());
}

function forgetOrder(state: HostState, apqn: Apqn): void {
  const apid = apidOf(apqn);
  if (!state.bindOrder.has(apid) || state.oldCard.has(apqn)) return;
  const gone = state.bindRank.get(apqn);
  state.bindRank.set(apqn, 0);
  const others = queuesOfCard(state, apid);
  others.remove(apqiOf(apqn));
  let [place, isByDomain] = [0, true];
  for (let apqi = others.next(0); apqi !== NONE; apqi = others.next(apqi + 1)) {
    const other = apqnOf(apid, apqi);
    const rank = state.bindRank.get(other);
    const now = rank > gone ? rank - 1 : rank;
    state.bindRank.set(other, now);
    if (now !== place++) isByDomain = false;
  }
  // One order has one form, so that equal hosts have equal buffers.
  if (isByDomain) dropOrder(state, apid, others);
}

function dropOrder(state: HostState, apid: Apid, queues: Aqm): void {
  if (!state.bindOrder.has(apid)) return;
  state.bindOrder.remove(apid);
  for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1))
    state.bindRank.set(apqnOf(apid, apqi), 0);
}

/** The queues that a card object knows, in the order in which they were bound. */
function inOrder(state: HostState, apid: Apid): readonly Apqi[] {
  const queues = queuesOfCard(state, apid).ids();
  if (!state.bindOrder.has(apid)) return queues;
  const rank = (apqi: Apqi): number => state.bindRank.get(apqnOf(apid, asApqi(apqi)));
  return queues.sort((a, b) => rank(a) - rank(b));
}

/** Some queue of the card can be asked: the drivers find out so what a card says only to requests, such as its serial number. */
export function canBeAsked(state: HostState, apid: Apid): boolean {
  if (!state.isCardOperational(apid) || state.cardsOffline.has(apid)) return false;
  const queues = queuesOfCard(state, apid);
  queues.removeAll(state.queuesOffline.row(apid));
  queues.removeAll(state.queuesDeconfigured.row(apid));
  queues.removeAll(state.queuesCheckstopped.row(apid));
  if (!state.facts.se) return queues.intersects(state.up.row(apid));
  queues.retainAll(state.up.row(apid));
  for (let apqi = queues.next(0); apqi !== NONE; apqi = queues.next(apqi + 1)) {
    if (isUsable(state, apqnOf(apid, apqi))) return true;
  }
  return false;
}

/** What online needs of a card device: configured, and since its kernel knows of it, not check-stopped. */
const isCardUsable = ({ state, busRules }: ApBus, apid: Apid): boolean =>
  !state.cardsDeconfigured.has(apid) && !(busRules.onlineNeedsNoCheckstop && state.cardsCheckstopped.has(apid));

const isQueueUsable = ({ state, busRules }: ApBus, apqn: Apqn): boolean =>
  !state.queuesDeconfigured.has(apqn) && !(busRules.onlineNeedsNoCheckstop && state.queuesCheckstopped.has(apqn));

/** What online shows of a card that cex4card has. */
export const isCardOnline = (bus: ApBus, apid: Apid): boolean =>
  isCardUsable(bus, apid) && !bus.state.cardsOffline.has(apid);

/** The same of a queue that cex4queue has. Whether the card device is out of order does not matter. */
export const isQueueOnline = (bus: ApBus, apqn: Apqn): boolean =>
  isQueueUsable(bus, apqn) && !bus.state.queuesOffline.has(apqn);

const NOT_OPERATIONAL = refused("ENODEV", "not-operational");
const CARD_OFFLINE = refused("EINVAL", "not-operational");

/**
 * A write to the card's online: the card and the queues that its object knows follow.
 *
 * @returns ENODEV switching on what is deconfigured or check-stopped
 */
export function switchCard(bus: ApBus, apid: Apid, online: boolean): Result<void> {
  const { state } = bus;
  if (online && !isCardUsable(bus, apid)) return NOT_OPERATIONAL;
  state.cardsOffline.set(apid, !online);
  cardUevent(bus, "change", apid, `ONLINE=${online ? 1 : 0}`);
  const offline = state.queuesOffline.row(apid);
  for (const apqi of inOrder(state, apid)) {
    if (offline.has(apqi) === !online) continue;
    offline.set(apqi, !online);
    queueUevent(bus, "change", apqnOf(apid, apqi), `ONLINE=${online ? 1 : 0}`);
  }
  return DONE;
}

/** The card object that the queue was bound with is switched off. */
const isItsCardOffline = (state: HostState, apqn: Apqn): boolean =>
  state.oldCard.has(apqn) ? state.oldCardOffline.has(apqn) : state.cardsOffline.has(apidOf(apqn));

/**
 * A write to the online of a queue that cex4queue has.
 *
 * @returns ENODEV switching on while card or queue are deconfigured or check-stopped; EINVAL while its card object is offline
 */
export function switchQueue(bus: ApBus, apqn: Apqn, online: boolean): Result<void> {
  const { state } = bus;
  if (online) {
    if (!isQueueUsable(bus, apqn) || !isCardUsable(bus, apidOf(apqn))) return NOT_OPERATIONAL;
    if (isItsCardOffline(state, apqn)) return CARD_OFFLINE;
  }
  state.queuesOffline.set(apqn, !online);
  queueUevent(bus, "change", apqn, `ONLINE=${online ? 1 : 0}`);
  return DONE;
}
