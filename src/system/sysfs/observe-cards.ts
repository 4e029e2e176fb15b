// Cards and queues as their directories below /sys/devices/ap show them. docs/kernel/bus.md §6.

import { type Apqn, apidOf, parseApqn, parseCardName } from "../ap/apqn.ts";
import type { CardMode } from "../ap/card-type.ts";
import { AP_DEVICES, cardPath, queuePath } from "../ap/paths.ts";
import type { ObservedCard, ObservedQueue } from "./observed-host.ts";
import type { SysfsReader } from "./sysfs-reader.ts";

export function observeCards(reader: SysfsReader): readonly ObservedCard[] {
  return reader.names(AP_DEVICES).flatMap((name): ObservedCard[] => {
    const id = parseCardName(name);
    if (id === undefined) {
      if (name.startsWith("card")) reader.odd(`${AP_DEVICES}/${name}`);
      return [];
    }
    const at = cardPath(id);
    return [
      {
        id,
        type: reader.matching(`${at}/type`, TYPE),
        mode: modeOf(reader.matching(`${at}/ap_functions`, FUNCTIONS)),
        hwtype: reader.count(`${at}/hwtype`, HIGHEST_TYPE),
        // An empty line is a card that does not know its number.
        serial: reader.matching(`${at}/serialnr`, SERIAL) || undefined,
        config: reader.flag(`${at}/config`),
        chkstop: reader.flag(`${at}/chkstop`),
        online: reader.flag(`${at}/online`),
      },
    ];
  });
}

const TYPE = /^[A-Z0-9]{1,16}$/;
const FUNCTIONS = /^0x[0-9A-Fa-f]{8}$/;
const HIGHEST_TYPE = 255;
const SERIAL = /^[ -~]{0,64}$/;
const STATUS = /^(?:unassigned|assigned|in use)$/;

/** The bits of the facility word that lszcrypt goes by. */
const MODE_BITS: readonly (readonly [number, CardMode])[] = [
  [0x10000000, "cca"],
  [0x08000000, "accel"],
  [0x04000000, "ep11"],
];

function modeOf(functions: string | undefined): CardMode | undefined {
  if (functions === undefined) return undefined;
  const word = Number(functions);
  return MODE_BITS.find(([bit]) => (word & bit) !== 0)?.[1];
}

/** @param isSecureGuest queues of such a guest tell whether it has bound them */
export function observeQueues(
  reader: SysfsReader,
  cards: readonly ObservedCard[],
  isSecureGuest: boolean,
): readonly ObservedQueue[] {
  return cards.flatMap(({ id }) => {
    return reader.names(cardPath(id)).flatMap((name): ObservedQueue[] => {
      const apqn = parseApqn(name);
      if (apqn !== undefined && apidOf(apqn) === id) {
        const queue = observeQueue(reader, apqn, queuePath(apqn));
        return [isSecureGuest ? { ...queue, ...observeBinding(reader, apqn) } : queue];
      }
      if (name.includes(".")) reader.odd(`${cardPath(id)}/${name}`);
      return [];
    });
  });
}

function observeQueue(reader: SysfsReader, apqn: ObservedQueue["apqn"], at: string): ObservedQueue {
  const driver = reader.linked(`${at}/driver`);
  const isOfVfioAp = driver === "vfio_ap";
  // Each has the attributes of its driver only; without a known driver all are tried.
  const status = isOfVfioAp || driver === undefined ? reader.matching(`${at}/status`, STATUS) : undefined;
  return {
    apqn,
    driver,
    status,
    config: reader.flag(`${at}/config`),
    chkstop: reader.flag(`${at}/chkstop`),
    online: isOfVfioAp || driver === null ? undefined : reader.flag(`${at}/online`),
    override: observeOverride(reader, apqn),
    inUse: isInUse(driver, status),
  };
}

/** @returns no member where there is no such file */
function observeBinding(reader: SysfsReader, apqn: Apqn): Pick<ObservedQueue, "secureBind"> {
  const line = reader.matching(`${queuePath(apqn)}/se_bind`, /^(?:bound|unbound|-)$/);
  return line === "bound" || line === "unbound" || line === "-" ? { secureBind: line } : {};
}

/** The driver that a queue names; null: none, for which the kernel prints `(null)` where it uses its generic code. */
export function observeOverride(reader: SysfsReader, apqn: Apqn): string | null | undefined {
  const line = reader.line(`${queuePath(apqn)}/driver_override`);
  return line === "" || line === "(null)" ? null : line;
}

/** Guests have queues of vfio_ap only. */
function isInUse(driver: string | null | undefined, status: string | undefined): boolean | undefined {
  if (status !== undefined) return status === "in use";
  return driver === undefined || driver === "vfio_ap" ? undefined : false;
}
