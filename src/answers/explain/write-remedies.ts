// What can be written before a write that is refused, so that it succeeds: alternatives, each a few writes.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { asApid } from "../../system/ap/id.ts";
import type { Refusal } from "../../system/ap/result.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { busMaxima } from "../../system/machine/facts.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { sscanfInt } from "../../system/sysfs/number-grammar.ts";
import {
  bindCardWrite,
  bindWrite,
  bitsWrite,
  cardOnlineWrite,
  configureWrite,
  createWrite,
  maskWrite,
  overrideWrite,
  RESCAN,
  removeWrite,
  unbindWrite,
  type Write,
} from "../../system/sysfs/writes.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { offendersOf, overriddenQueues } from "./offenders.ts";
import { freeFromHost, type Remedy } from "./remedies.ts";
import { freeAllFromHost, freeByOtherMask, takeAllFromOthers } from "./whole-ways.ts";

const ALL_ONES = `0x${"f".repeat(64)}`;

/** Empty if only another write, the machine or a guest can help. */
export function remediesForWrite(host: Host, write: Write, why: Refusal): readonly Remedy[] {
  const file = writtenFile(write);
  const offenders = offendersOf(host, write, why);
  const [first] = offenders;
  switch (why.kind) {
    case "queue-host-owned":
      return first ? [...freeAllFromHost(host, offenders), ...freeFromHost(host, first.apqn)] : [];
    case "queue-assigned-elsewhere":
      return takeAllFromOthers(host, offenders);
    case "queue-not-bound":
      return first ? [[bindWrite(first.apqn)], ...freeFromHost(host, first.apqn)] : [];
    case "masks-in-use":
      if (file.kind === "mask") {
        return [...takeAllFromOthers(host, offenders), ...freeByOtherMask(host, file.mask, offenders)];
      }
      return [[maskWrite("apmask", ALL_ONES)], [maskWrite("aqmask", ALL_ONES)]];
    case "overrides-active": {
      const [queue] = overriddenQueues(host);
      return queue ? [[overrideWrite(queue.apqn, "\n")]] : [];
    }
    case "bound-already":
    case "not-bound-to-this-driver":
    case "driver-may-not-have-it":
      return file.kind === "driver" && file.apqn !== undefined
        ? bindingRemedies(host, file.driver, file.apqn, why)
        : [];
    case "uuid-taken": {
      const name = write[1].slice(0, 36).toLowerCase();
      return mdevNamed(host, name) ? [[removeWrite(name)]] : [];
    }
    case "no-such-file":
      if (file.kind === "mdev") return parseUuid(file.uuid) ? [[createWrite(file.uuid)]] : [];
      // Only queues of the host's driver have this file.
      if (file.kind === "queue" && file.attribute === "online" && host.state.holds(file.apqn))
        return [...toHost(file.apqn), ...byName(host, "cex4queue", file.apqn), [RESCAN]];
      return [[RESCAN]];
    case "no-such-device":
      return [[RESCAN]];
    case "domain-not-usable": {
      const domain = sscanfInt(write[1], "%i") ?? -1;
      const isDomain = domain >= 0 && domain <= busMaxima(host.state.facts).maxDomain;
      return isDomain ? [[bitsWrite("aqmask", "+", [domain])]] : [];
    }
    case "not-operational":
      return operatingRemedies(write);
    case "card-without-driver":
      return file.kind === "driver" && file.apqn !== undefined ? [[bindCardWrite(apidOf(file.apqn))]] : [];
    default:
      return [];
  }
}

/** A card or queue is switched on only with its card configured, and a queue only with its card switched on. */
function operatingRemedies([path]: Write): readonly Remedy[] {
  const card = /\/card([0-9a-f]{2})\//.exec(path)?.[1] ?? /\/([0-9a-f]{2})\.[0-9a-f]{4}\//.exec(path)?.[1];
  if (card === undefined) return [];
  const apid = asApid(Number.parseInt(card, 16));
  return [[configureWrite(apid)], [cardOnlineWrite(apid)], [RESCAN], [RESCAN, configureWrite(apid)]];
}

const toHost = (apqn: Apqn): readonly Remedy[] => [
  [bitsWrite("apmask", "+", [apidOf(apqn)])],
  [bitsWrite("aqmask", "+", [apqiOf(apqn)])],
];

/** An override for this queue, unless the masks exclude it. */
const byName = ({ state, profile }: Host, driver: string, apqn: Apqn): readonly Remedy[] =>
  profile.driverOverride && state.get("masksInUse") === 0 && state.devices.has(apqn)
    ? [[overrideWrite(apqn, driver)]]
    : [];

function bindingRemedies(host: Host, driver: string, apqn: Apqn, why: Refusal): readonly Remedy[] {
  const has = driverOf(host, apqn);
  // A mask that changes also hands the queue over.
  const byMask: readonly Remedy[] = driver === "vfio_ap" ? freeFromHost(host, apqn) : toHost(apqn);
  if (why.kind === "bound-already") return has === undefined ? [] : [[unbindWrite(has, apqn)]];
  if (why.kind === "driver-may-not-have-it") return [...byMask, ...byName(host, driver, apqn)];
  const byHand: Remedy = [...(has === undefined ? [] : [unbindWrite(has, apqn)]), bindWrite(apqn, driver)];
  return [...byMask, byHand];
}
