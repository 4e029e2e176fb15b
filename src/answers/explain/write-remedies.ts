// What can be written before a write that is refused, so that it succeeds: alternatives, each a few writes.
import { type Apqn, apidOf, apqiOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import type { Refusal } from "../../system/ap/result.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { offendersOf, overriddenQueues } from "./offenders.ts";
import { freeFromHost } from "./remedies.ts";
import { freeAllFromHost, freeByOtherMask, takeAllFromOthers } from "./whole-ways.ts";
import { targetOf } from "./write-target.ts";

type Remedy = readonly Write[];

const ALL_ONES = `0x${"f".repeat(64)}`;
const CREATE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
const RESCAN: Remedy = [["bus/ap/scans", "1"]];

const hex = (id: number): string => `0x${id.toString(16)}`;
const driverFile = (driver: string, file: "bind" | "unbind", apqn: Apqn): Write => [
  `bus/ap/drivers/${driver}/${file}`,
  formatApqn(apqn),
];
const overrideFile = (apqn: Apqn): string =>
  `devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/driver_override`;

/** None if only another write, the machine or a guest can help. */
export function remediesForWrite(host: Host, write: Write, why: Refusal): readonly Remedy[] {
  const target = targetOf(write);
  const offenders = offendersOf(host, write, why);
  const [first] = offenders;
  switch (why.kind) {
    case "queue-host-owned":
      return first ? [...freeAllFromHost(host, offenders), ...freeFromHost(host, first.apqn)] : [];
    case "queue-assigned-elsewhere":
      return takeAllFromOthers(host, offenders);
    case "queue-not-bound":
      return first ? [[driverFile("vfio_ap", "bind", first.apqn)], ...freeFromHost(host, first.apqn)] : [];
    case "masks-in-use":
      if (target.kind === "mask") {
        return [...takeAllFromOthers(host, offenders), ...freeByOtherMask(host, target.attribute, offenders)];
      }
      return [[["bus/ap/apmask", ALL_ONES]], [["bus/ap/aqmask", ALL_ONES]]];
    case "overrides-active": {
      const [queue] = overriddenQueues(host);
      return queue ? [[[overrideFile(queue.apqn), "\n"]]] : [];
    }
    case "bound-already":
    case "not-bound-to-this-driver":
    case "driver-may-not-have-it":
      return target.kind === "driver" && target.apqn !== undefined
        ? bindingRemedies(host, target.driver, target.apqn, why)
        : [];
    case "uuid-taken": {
      const name = write[1].slice(0, 36).toLowerCase();
      return mdevNamed(host, name) ? [[[`devices/vfio_ap/matrix/${name}/remove`, "1"]]] : [];
    }
    case "no-such-file":
      if (target.kind === "mdev") return parseUuid(target.uuid) ? [[[CREATE, target.uuid]]] : [];
      // Only queues of the host's driver have this file.
      if (target.kind === "queue" && target.attribute === "online" && host.state.holds(target.apqn))
        return [...toHost(target.apqn), ...byName(host, "cex4queue", target.apqn), RESCAN];
      return [RESCAN];
    case "no-such-device":
      return [RESCAN];
    default:
      return [];
  }
}

const toHost = (apqn: Apqn): readonly Remedy[] => [
  [["bus/ap/apmask", `+${hex(apidOf(apqn))}`]],
  [["bus/ap/aqmask", `+${hex(apqiOf(apqn))}`]],
];

/** An override of its own, where the masks do not exclude it. */
const byName = ({ state, profile }: Host, driver: string, apqn: Apqn): readonly Remedy[] =>
  profile.driverOverride && state.get("masksInUse") === 0 && state.devices.has(apqn)
    ? [[[overrideFile(apqn), driver]]]
    : [];

function bindingRemedies(host: Host, driver: string, apqn: Apqn, why: Refusal): readonly Remedy[] {
  const has = driverOf(host, apqn);
  // A mask that changes hands the queue over, too.
  const byMask: readonly Remedy[] = driver === "vfio_ap" ? freeFromHost(host, apqn) : toHost(apqn);
  if (why.kind === "bound-already") return has === undefined ? [] : [[driverFile(has, "unbind", apqn)]];
  if (why.kind === "driver-may-not-have-it") return [...byMask, ...byName(host, driver, apqn)];
  const byHand: Remedy =
    has === undefined
      ? [driverFile(driver, "bind", apqn)]
      : [driverFile(has, "unbind", apqn), driverFile(driver, "bind", apqn)];
  return [...byMask, byHand];
}
