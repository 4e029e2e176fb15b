// A listing as a host description. What a listing does not say (which mdev has a queue, numbers without rows) becomes a warning and is
// never guessed; docs/listings.md says where each member comes from.
import { type Apqn, apidOf, apqiOf, apqnOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { type Apqi, asControlDomain } from "../../system/ap/id.ts";
import { MAX_ADAPTER, MAX_DOMAIN } from "../../system/machine/facts.ts";
import type { HostDescription } from "../description/host-description.ts";
import type { CardState } from "../description/host-file.ts";
import type { ListedCard, ListedQueue, Listing } from "./lszcrypt.ts";
import { VFIO_AP_STATUSES } from "./lszcrypt-columns.ts";
import { masksFor } from "./masks-for-listing.ts";

type Warn = (sentence: string, at?: { readonly line: number }) => void;

/** The description, and warnings of one line each. */
export function listingToDescription(listing: Listing) {
  const warnings: string[] = [];
  const warn: Warn = (sentence, at) => warnings.push(`${listing.file}${at ? `:${at.line}` : ""}: ${sentence}`);
  const cards = [...listing.cards].sort((a, b) => a.apid - b.apid);
  const queues = [...listing.queues].sort((a, b) => a.apqn - b.apqn);
  const states = new Map(cards.map((card) => [card.apid, cardState(card, warn)]));
  const stateOf = ({ apqn }: ListedQueue): CardState => must(states.get(apidOf(apqn)));
  const domains = [...new Set(queues.map(({ apqn }) => apqiOf(apqn)))].sort((a, b) => a - b);
  warnOfMissing(listing, cards, domains, warn);
  const vfio = queues.filter(isOfVfioAp);
  const unbound = queues.filter(({ driver }) => driver === "-no-driver-");
  const host = queues.filter((queue) => !isOfVfioAp(queue) && queue.driver !== "-no-driver-");
  const { apmask, aqmask, inexpressible } = masksFor(apqnsOf(vfio), apqnsOf(host));
  warnOfOwners(vfio, inexpressible, warn);
  warnOfStates(queues, stateOf, warn);
  warnOfSecureExecution(queues, warn);
  const description: HostDescription = {
    describes: `lszcrypt listing ${listing.file.split(/[\\/]/).at(-1)}`,
    apxa: true,
    maxAdapter: MAX_ADAPTER.apxa,
    maxDomain: MAX_DOMAIN.apxa,
    cards: cards.map((card) => ({
      id: card.apid,
      type: card.type,
      mode: card.mode,
      serial: serialOf(card, warn),
      state: must(states.get(card.apid)),
    })),
    domains,
    controlDomains: domains.map(asControlDomain),
    masks: { apmask, aqmask },
    overrides: [],
    unbound: apqnsOf(unbound),
    // If its card is offline, a queue is offline anyway.
    offline: apqnsOf(host.filter((queue) => queue.status === "offline" && stateOf(queue) !== "offline")),
    mdevs: [],
  };
  return { description, warnings };
}

const apqnsOf = (queues: readonly ListedQueue[]): Apqn[] => queues.map(({ apqn }) => apqn);
const namesOf = (apqns: readonly Apqn[]): string => apqns.map(formatApqn).join(" ");

/** Decided by its driver; in a listing without drivers, by a status that no other driver gives. */
const isOfVfioAp = ({ driver, status }: ListedQueue): boolean =>
  driver === undefined ? VFIO_AP_STATUSES.some((one) => one === status) : driver === "vfio_ap";

function cardState(card: ListedCard, warn: Warn): CardState {
  if (card.driver === "-no-driver-")
    warn("a card without driver cannot be described: taken as bound to cex4card", card);
  const { status } = card;
  if (status === "offline" || status === "deconfig" || status === "chkstop") return status;
  if (status === "-") warn("the status of this card is unknown: taken as online", card);
  return "online";
}

/** The column is 8 characters wide: those of a CCA coprocessor are all. */
function serialOf(card: ListedCard, warn: Warn): string | undefined {
  const { serial, mode, apid } = card;
  if (serial !== undefined && mode === "ep11")
    warn(`lszcrypt -s shows the first 8 of 16 characters of the serial number of card ${formatApid(apid)}`, card);
  return serial;
}

/** Each card of a machine has a queue in each of its domains. */
function warnOfMissing(
  { queues, hasDrivers }: Listing,
  cards: readonly ListedCard[],
  domains: readonly Apqi[],
  warn: Warn,
) {
  if (domains.length === 0 && cards.length > 0) {
    warn(
      `the listing has no queues, so the description has no domains, without which no card shows${hasDrivers ? "" : ": lszcrypt -V lists those of vfio_ap, too"}`,
    );
  }
  const listed = new Set(apqnsOf(queues));
  for (const card of cards) {
    const missing = domains.map((apqi) => apqnOf(card.apid, apqi)).filter((apqn) => !listed.has(apqn));
    if (missing.length === 0) continue;
    const why = hasDrivers
      ? "the description has them, as every card has all domains"
      : "lszcrypt without -V leaves out queues of vfio_ap and of no driver, so they may be a guest's; the description has them as the host's";
    warn(`no row for ${namesOf(missing)}: ${why}`, card);
  }
}

function warnOfOwners(vfio: readonly ListedQueue[], inexpressible: readonly Apqn[], warn: Warn): void {
  const first = vfio.find(({ apqn }) => inexpressible.includes(apqn));
  if (first) {
    warn(
      `no masks leave ${namesOf(inexpressible)} to vfio_ap and the other queues as they are: described as the host's`,
      first,
    );
  }
  for (const status of ["in use", "assigned"] as const) {
    const having = vfio.filter((queue) => queue.status === status);
    if (having[0])
      warn(
        `${namesOf(apqnsOf(having))}: "${status}", but a listing does not say which mdev: describe it under mdevs`,
        having[0],
      );
  }
}

/** States in which a guest of Secure Execution can work with a queue; `-`: it is not in such a guest. */
const OF_USE = ["-", "usable"];

function warnOfSecureExecution(queues: readonly ListedQueue[], warn: Warn): void {
  const useless = queues.filter(({ sestat }) => sestat !== undefined && !OF_USE.includes(sestat));
  for (const [sestat, some] of groupBy(useless, (queue) => queue.sestat)) {
    warn(
      `${namesOf(apqnsOf(some))}: "${sestat}" for Secure Execution, so of no use to the guest that lists it until it is "usable" (chzcrypt --se-bind, --se-associate); a description does not say this`,
      some[0],
    );
  }
}

function warnOfStates(queues: readonly ListedQueue[], stateOf: (queue: ListedQueue) => CardState, warn: Warn): void {
  for (const queue of queues) {
    const { apqn, status } = queue;
    const state = stateOf(queue);
    const isOwn = (status === "deconfig" || status === "chkstop") && status !== state;
    const isImpossible = status === "online" && state !== "online";
    if (isOwn || isImpossible)
      warn(`queue ${formatApqn(apqn)} is ${status} and its card ${state}: the card's state was taken`, queue);
  }
}
