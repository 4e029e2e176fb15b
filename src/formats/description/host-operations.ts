// What brings a fresh machine to where a host description says, as operations that a trace could hold: power on, cards, masks,
// mdevs, single queues, and the guests last, so that no guest sees any of it happen.

import type { Apqn } from "../../system/ap/apqn.ts";
import { apidOf, apqiOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { maskOf } from "../../system/ap/mask.ts";
import type { Card, Init, Open, Operation, Scan, Write } from "../../system/trace/operation.ts";
import { isHostOwned, ownershipOf } from "./described-ownership.ts";
import type { CardDescription, HostDescription, MdevDescription, OverrideDescription } from "./host-description.ts";

const MDEVS = "devices/vfio_ap/matrix";
const CREATE = `${MDEVS}/mdev_supported_types/vfio_ap-passthrough/create`;
const SCAN: Scan = { op: "scan", part: "all" };

const write = (path: string, text: string): Write => ({ op: "write", path, value: `${text}\n` });

/**
 * None of them is refused if the description came from parseHostDescription. Queues lose their driver only after the mdevs
 * have them, because kernels up to 5.19 assign bound queues only; and before a guest starts, because it would lose the adapter.
 */
export function hostOperations(description: HostDescription): Operation[] {
  return [
    powerOn(description),
    ...cardStates(description),
    ...maskWrites(description),
    ...description.overrides.flatMap(override),
    ...description.mdevs.flatMap(createMdev),
    ...description.unbound.flatMap((apqn) => unbind(apqn, description)),
    ...switchOff(description),
    ...description.mdevs.flatMap(startGuest),
  ];
}

const cardPath = (id: CardDescription["id"]): string => `devices/ap/card${formatApid(id)}`;

function powerOn({ apxa, maxAdapter, maxDomain, cards, domains, controlDomains }: HostDescription): Init {
  return {
    op: "init",
    apxa,
    qci: true,
    maxAdapter,
    maxDomain,
    type: 12,
    types: new Map(cards.map(({ id, type }) => [id, type])),
    // Members of format 2 only where they say something: what format 1 can hold, its readers shall read.
    modes: new Map(cards.filter(({ mode }) => mode !== "cca").map(({ id, mode }) => [id, mode])),
    serials: new Map(cards.flatMap(({ id, serial }) => (serial === undefined ? [] : [[id, serial] as const]))),
    apm: maskOf(cards.map(({ id }) => id)),
    aqm: maskOf(domains),
    adm: maskOf(controlDomains),
    apmask: undefined,
    aqmask: undefined,
  };
}

/** The host learns of what happened to its cards by a scan. Offline is no state of the machine but of the host: further below. */
function cardStates({ cards }: HostDescription): (Card | Scan)[] {
  const changes = cards.flatMap(({ id, state }): Card[] => {
    const unchanged = {
      op: "card",
      id,
      config: undefined,
      chkstop: undefined,
      type: undefined,
      mode: undefined,
    } as const;
    if (state === "deconfig") return [{ ...unchanged, config: false }];
    return state === "chkstop" ? [{ ...unchanged, chkstop: true }] : [];
  });
  return changes.length === 0 ? [] : [...changes, SCAN];
}

const maskWrites = ({ masks: { apmask, aqmask } }: HostDescription): Write[] => [
  ...(apmask === undefined ? [] : [write("bus/ap/apmask", apmask)]),
  ...(aqmask === undefined ? [] : [write("bus/ap/aqmask", aqmask)]),
];

const createMdev = ({ uuid, adapters, domains, controlDomains }: MdevDescription): Write[] => [
  write(CREATE, uuid),
  ...adapters.map((id) => write(`${MDEVS}/${uuid}/assign_adapter`, `0x${formatApid(id)}`)),
  ...domains.map((id) => write(`${MDEVS}/${uuid}/assign_domain`, `0x${formatApqi(id)}`)),
  ...controlDomains.map((id) => write(`${MDEVS}/${uuid}/assign_control_domain`, `0x${formatApqi(id)}`)),
];

/** A name alone moves no queue: it has to leave its driver, which is the masks' choice so far, and go to the other one. */
function override({ apqn, driver }: OverrideDescription): Write[] {
  const queue = formatApqn(apqn);
  const named = write(`${cardPath(apidOf(apqn))}/${queue}/driver_override`, driver);
  if (driver === "cex4queue") return [named];
  const bound = driver === "vfio_ap" ? [write(`bus/ap/drivers/${driver}/bind`, queue)] : [];
  return [named, write("bus/ap/drivers/cex4queue/unbind", queue), ...bound];
}

/** The driver of a queue that names none of its own is the masks' choice. */
function unbind(apqn: Apqn, { masks, overrides }: HostDescription): Write[] {
  const named = overrides.find((one) => one.apqn === apqn)?.driver;
  const owner = isHostOwned(ownershipOf({ masks }), apidOf(apqn), apqiOf(apqn)) ? "cex4queue" : "vfio_ap";
  const driver = named ?? owner;
  const isDriver = driver === "cex4queue" || driver === "vfio_ap";
  return isDriver ? [write(`bus/ap/drivers/${driver}/unbind`, formatApqn(apqn))] : [];
}

function switchOff({ cards, domains, offline }: HostDescription): Write[] {
  // Without a domain no queue answers for a card, so the bus makes no device of it, and there is nothing to switch.
  const ofCards = domains.length === 0 ? [] : cards.filter(({ state }) => state === "offline");
  return [
    ...ofCards.map(({ id }) => write(`${cardPath(id)}/online`, "0")),
    ...offline.map((apqn) => write(`${cardPath(apidOf(apqn))}/${formatApqn(apqn)}/online`, "0")),
  ];
}

const startGuest = ({ uuid, guest }: MdevDescription): Open[] =>
  guest === undefined ? [] : [{ op: "open", guest, mdev: uuid }];
