// Looking at a host through nothing but its /sys. What comes out is what an administrator could have found out with cat and ls;
// rules are not asked, so that it holds for any kernel. Next: observe-cards.ts, observe-mdevs.ts.

import { type Apid, type Apqi, type ControlDomain, ID_LIMIT, type Id } from "../ap/id.ts";
import type { Mask } from "../ap/mask.ts";
import { parseMaskText } from "../ap/mask-text.ts";
import { AP_BUS, driverPath, MATRIX_DEVICE } from "../ap/paths.ts";
import { hasQueue } from "../ap/product.ts";
import { observeCards, observeQueues } from "./observe-cards.ts";
import { observeMdevs } from "./observe-mdevs.ts";
import type {
  MachineMask,
  ObservedBindings,
  ObservedBus,
  ObservedHost,
  ObservedMdev,
  ObservedQueue,
} from "./observed-host.ts";
import type { Sysfs } from "./sysfs.ts";
import { SysfsReader } from "./sysfs-reader.ts";

export function observeHost(sysfs: Sysfs): ObservedHost {
  const reader = new SysfsReader(sysfs);
  const cards = observeCards(reader);
  const bus = observeBus(reader);
  const queues = observeQueues(reader, cards, bus.isSecureGuest === true);
  const observed = {
    cards,
    queues,
    ...bus,
    mdevs: observeMdevs(reader, queues),
    unreadable: reader.unreadable,
  };
  return { ...observed, queues: queues.map((queue) => withoutFiltered(queue, observed.mdevs)) };
}

/** Before 6.8 a queue says that it is in use although its guest runs without it; what the guest has tells better. */
function withoutFiltered(queue: ObservedQueue, mdevs: readonly ObservedMdev[]): ObservedQueue {
  if (queue.inUse !== true) return queue;
  const owner = mdevs.find(({ matrix }) => matrix && hasQueue(matrix, queue.apqn));
  if (!owner?.guestView || owner.guestView.isCut || hasQueue(owner.guestView, queue.apqn)) return queue;
  return { ...queue, inUse: false };
}

/** The attributes of the bus and of the matrix device. */
export const observeBus = (reader: SysfsReader): ObservedBus => ({
  machine: {
    apm: machineMask<Apid>(reader, "ap_adapter_mask"),
    aqm: machineMask<Apqi>(reader, "ap_usage_domain_mask"),
    adm: machineMask<ControlDomain>(reader, "ap_control_domain_mask"),
  },
  apmask: reader.mask<Apid>(`${AP_BUS}/apmask`),
  aqmask: reader.mask<Apqi>(`${AP_BUS}/aqmask`),
  maxAdapter: reader.count(`${AP_BUS}/ap_max_adapter_id`, ID_LIMIT - 1),
  maxDomain: reader.count(`${AP_BUS}/ap_max_domain_id`, ID_LIMIT - 1),
  features: {
    bus: reader.matching(`${AP_BUS}/features`, FEATURES),
    matrix: reader.matching(`${MATRIX_DEVICE}/features`, FEATURES),
  },
  bindings: reader.parsed(`${AP_BUS}/bindings`, bindings),
  bindingsCompleted: reader.count(`${AP_BUS}/bindings_complete_count`),
  isVfioApLoaded: isLoaded(reader),
  ...(reader.flag("firmware/uv/prot_virt_guest") === true && { isSecureGuest: true }),
});

const FEATURES = /^[\w ]*$/;

/** Whoever copies a part of a /sys may leave out the matrix device; with the drivers of the bus there is no doubt. */
function isLoaded(reader: SysfsReader): boolean | undefined {
  if (reader.names(MATRIX_DEVICE).length > 0) return true;
  const drivers = reader.names(driverPath(""));
  return drivers.length === 0 ? undefined : drivers.includes("vfio_ap");
}

function machineMask<I extends Id>(reader: SysfsReader, name: string): MachineMask<Mask<I>> {
  return reader.parsed(`${AP_BUS}/${name}`, (line) => (line === "not supported" ? line : parseMaskText<I>(line)));
}

/** `7/8` or `8/8 (complete)`. */
function bindings(line: string): ObservedBindings | undefined {
  const match = /^(\d{1,6})\/(\d{1,6})( \(complete\))?$/.exec(line);
  return match ? { bound: Number(match[1]), devices: Number(match[2]), complete: match[3] !== undefined } : undefined;
}
