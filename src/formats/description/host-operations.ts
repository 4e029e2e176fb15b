// The operations that bring a fresh machine into the state of a host description, as in a trace: power on, cards, masks, mdevs, single
// queues, and the guests last, so that no guest sees any of it. A guest with a Linux of its own is set up when it has booted.

import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { hex } from "../../system/ap/hex.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { cardPath } from "../../system/ap/paths.ts";
import { FACILITIES } from "../../system/machine/facts.ts";
import {
  attributeWrite,
  bindWrite,
  createWrite,
  maskWrite,
  overrideWrite,
  queueWrite,
  unbindWrite,
} from "../../system/sysfs/writes.ts";
import { DEFAULT_GUEST, type GuestsMade } from "../../system/trace/guest-made.ts";
import {
  type Card,
  cardChange,
  echoed,
  type Init,
  type Operation,
  type Scan,
  type WriteOperation,
} from "../../system/trace/operation.ts";
import { isLeftToHost, ownershipOf } from "./described-ownership.ts";
import type {
  GuestDescription,
  HostDescription,
  LinuxDescription,
  MdevDescription,
  OverrideDescription,
} from "./host-description.ts";

const SCAN: Scan = { op: "scan", part: "all" };

/**
 * None of them is refused if the description came from parseHostDescription. Queues lose their driver after the mdevs have them, because
 * kernels up to 5.19 assign only bound queues, and before a guest starts, because the guest would lose the adapter.
 */
export function hostOperations(description: HostDescription): Operation[] {
  return [
    powerOn(description),
    ...cardStates(description),
    ...setUp(description, switchOffCards(description)),
    ...startGuests(description),
  ];
}

/** @param cardsOff what is written before single queues are switched off */
const setUp = (linux: LinuxDescription, cardsOff: readonly WriteOperation[] = []): Operation[] => [
  ...maskWrites(linux),
  ...linux.overrides.flatMap(override),
  ...linux.mdevs.flatMap(createMdev),
  ...linux.unbound.flatMap((apqn) => unbind(apqn, linux)),
  ...cardsOff,
  ...linux.offline.map((apqn) => echoed(queueWrite(apqn, "online", "0"))),
];

/** Each guest boots when it is started; then its own Linux is set up, and starts its own guests. */
function startGuests({ mdevs, guests = [] }: LinuxDescription): Operation[] {
  return mdevs.flatMap(({ uuid, guest }): Operation[] => {
    if (guest === undefined) return [];
    const its = guests.find(({ name }) => name === guest);
    const inside = its ? [...setUp(its), ...startGuests(its)] : [];
    return [{ op: "open", guest, mdev: uuid }, ...inside.map((operation) => inGuest(guest, operation))];
  });
}

const inGuest = (guest: string, operation: Operation): Operation => ({
  ...operation,
  in: operation.in === undefined ? guest : `${guest}/${operation.in}`,
});

const madeOf = (guests: readonly GuestDescription[]): GuestsMade =>
  new Map(
    guests.map(({ name, facilities, notice, profile, secureExecution, guests: inner = [] }) => [
      name,
      {
        ...DEFAULT_GUEST,
        lacks: new Set(FACILITIES.filter((one) => facilities?.includes(one) === false)),
        ...(secureExecution && { se: true }),
        notice,
        profile,
        guests: madeOf(inner),
      },
    ]),
  );

function powerOn(description: HostDescription): Init {
  const { apxa, secureBinding, secureExecution, maxAdapter, maxDomain, cards, domains, controlDomains } = description;
  const { keysAndCounts, guests } = description;
  return {
    op: "init",
    apxa,
    qci: true,
    ...(secureBinding && { apsb: true }),
    ...(secureExecution && { se: true }),
    maxAdapter,
    maxDomain,
    type: 12,
    types: new Map(cards.map(({ id, type }) => [id, type])),
    // Members of format 2 stand here only if they are needed, so that readers of format 1 can read all the rest.
    modes: new Map(cards.filter(({ mode }) => mode !== "cca").map(({ id, mode }) => [id, mode])),
    serials: new Map(cards.flatMap(({ id, serial }) => (serial === undefined ? [] : [[id, serial] as const]))),
    ...(keysAndCounts && { keysAndCounts }),
    apm: maskOf(cards.map(({ id }) => id)),
    aqm: maskOf(domains),
    adm: maskOf(controlDomains),
    apmask: undefined,
    aqmask: undefined,
    ...(guests && { guests: madeOf(guests) }),
    hostDrivers: "zcrypt",
  };
}

/** The host learns by a scan what happened to its cards. Offline is a state of the host, not of the machine: see switchOffCards. */
function cardStates({ cards }: HostDescription): (Card | Scan)[] {
  const changes = cards.flatMap(({ id, state }): Card[] => {
    if (state === "deconfig") return [cardChange(id, { config: false })];
    return state === "chkstop" ? [cardChange(id, { chkstop: true })] : [];
  });
  return changes.length === 0 ? [] : [...changes, SCAN];
}

const maskWrites = ({ masks: { apmask, aqmask } }: LinuxDescription): WriteOperation[] => [
  ...(apmask === undefined ? [] : [echoed(maskWrite("apmask", apmask))]),
  ...(aqmask === undefined ? [] : [echoed(maskWrite("aqmask", aqmask))]),
];

const createMdev = ({ uuid, adapters, domains, controlDomains }: MdevDescription): WriteOperation[] => [
  echoed(createWrite(uuid)),
  ...adapters.map((id) => echoed(attributeWrite(uuid, "assign_adapter", hex(id, 2)))),
  ...domains.map((id) => echoed(attributeWrite(uuid, "assign_domain", hex(id, 4)))),
  ...controlDomains.map((id) => echoed(attributeWrite(uuid, "assign_control_domain", hex(id, 4)))),
];

/** An override alone does not move a queue: it must be unbound from the driver that the masks chose, and bound to the other one. */
function override({ apqn, driver }: OverrideDescription): WriteOperation[] {
  const named = overrideWrite(apqn, driver);
  if (driver === "cex4queue") return [echoed(named)];
  const bound = driver === "vfio_ap" ? [bindWrite(apqn)] : [];
  return [named, unbindWrite("cex4queue", apqn), ...bound].map(echoed);
}

/** The masks choose the driver of a queue without an override. */
function unbind(apqn: Apqn, { masks, overrides }: LinuxDescription): WriteOperation[] {
  const named = overrides.find((one) => one.apqn === apqn)?.driver;
  const owner = isLeftToHost(ownershipOf({ masks }), apidOf(apqn), apqiOf(apqn)) ? "cex4queue" : "vfio_ap";
  const driver = named ?? owner;
  const isDriver = driver === "cex4queue" || driver === "vfio_ap";
  return isDriver ? [echoed(unbindWrite(driver, apqn))] : [];
}

function switchOffCards({ cards, domains }: HostDescription): WriteOperation[] {
  // Without a domain no queue answers for a card, so the bus makes no device for it, and there is nothing to switch.
  const ofCards = domains.length === 0 ? [] : cards.filter(({ state }) => state === "offline");
  return ofCards.map(({ id }) => echoed([`${cardPath(id)}/online`, "0"]));
}
