// What can be written against a cause: alternatives, each a few writes. Whether they help is found out by trying (fix.ts).
import { type Apqn, apidOf, apqiOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { isUsableType } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, ID_LIMIT, NONE } from "../../system/ap/id.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { rightfulDriver } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Cause } from "./reason.ts";

type Remedy = readonly Write[];

const hex = (id: number): string => `0x${id.toString(16)}`;
export const mdevPath = (mdev: Mdev): string => `devices/vfio_ap/matrix/${mdevName(mdev)}`;
const driverPath = (driver: string, file: "bind" | "unbind"): string => `bus/ap/drivers/${driver}/${file}`;
const queueFile = (apqn: Apqn, name: string): string =>
  `devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/${name}`;

const RESCAN: Remedy = [["bus/ap/scans", "1"]];

/** Alternatives against the first thing that keeps `apqn` from the guest of `mdev`; none if only the machine can help. */
export function remediesFor(host: Host, mdev: Mdev, apqn: Apqn, { reason, because }: Cause): readonly Remedy[] {
  switch (reason) {
    case "plugged":
    case "guest-not-running":
    case "removal-requested":
      return [];
    case "adapter-not-assigned":
      return [[[`${mdevPath(mdev)}/assign_adapter`, hex(apidOf(apqn))]]];
    case "domain-not-assigned":
      return [[[`${mdevPath(mdev)}/assign_domain`, hex(apqiOf(apqn))]]];
    case "assigned-elsewhere":
      return takeFromOther(host, apqn);
    case "host-owned":
      return freeFromHost(host, apqn);
    case "adapter-not-in-host":
      return host.state.machine.apm.has(apidOf(apqn)) ? [RESCAN] : [];
    case "domain-not-in-host":
      return host.state.machine.aqm.has(apqiOf(apqn)) ? [RESCAN] : [];
    case "no-queue-device":
      return isUsableType(host.state.machineType(apidOf(apqn))) ? [RESCAN] : [];
    case "queue-unbound":
    case "queue-bound-elsewhere":
      return rebind(host, apqn);
    case "queue-not-passable":
      // A queue object of its own forgets how the last reset of the old one ended.
      return [
        [
          [driverPath("vfio_ap", "unbind"), formatApqn(apqn)],
          [driverPath("vfio_ap", "bind"), formatApqn(apqn)],
        ],
      ];
    case "adapter-filtered":
      return because.apqn === undefined || because.reason === undefined
        ? []
        : remediesFor(host, mdev, because.apqn, { reason: because.reason, because });
    case "waiting-for-refilter":
      return refilter(host, mdev, apqn);
  }
}

/** The other mdev gives up the adapter or the domain. */
export function takeFromOther({ state }: Host, apqn: Apqn): readonly Remedy[] {
  const owner = state.ownerOf(apqn);
  if (!owner) return [];
  return [
    [[`${mdevPath(owner)}/unassign_domain`, hex(apqiOf(apqn))]],
    [[`${mdevPath(owner)}/unassign_adapter`, hex(apidOf(apqn))]],
  ];
}

/** By either mask; or, where the kernel has overrides and the masks are as they come, by naming the driver. */
export function freeFromHost(host: Host, apqn: Apqn): readonly Remedy[] {
  const { state } = host;
  const byMask: readonly Remedy[] = [
    [["bus/ap/aqmask", `-${hex(apqiOf(apqn))}`]],
    [["bus/ap/apmask", `-${hex(apidOf(apqn))}`]],
  ];
  if (!host.profile.driverOverride || state.get("masksInUse") !== 0) return byMask;
  const byOverride = rebind(host, apqn);
  return state.get("overrides") > 0 ? byOverride : [...byMask, ...byOverride];
}

/** Unbind where a driver has it, name vfio_ap unless it is its already, and bind. */
function rebind(host: Host, apqn: Apqn): readonly Remedy[] {
  if (!host.state.devices.has(apqn)) return [];
  const driver = driverOf(host, apqn);
  const unbind: Remedy = driver === undefined ? [] : [[driverPath(driver, "unbind"), formatApqn(apqn)]];
  const mustBeNamed = host.profile.driverOverride && rightfulDriver(host, apqn) !== "vfio_ap";
  const name: Remedy = mustBeNamed ? [[queueFile(apqn, "driver_override"), "vfio_ap"]] : [];
  return [[...unbind, ...name, [driverPath("vfio_ap", "bind"), formatApqn(apqn)]]];
}

/**
 * Something that makes the kernel filter again and takes nothing from the guest: the same masks once more, a number that no queue has,
 * or a new binding of the queue that the guest does not have anyway.
 */
function refilter(host: Host, mdev: Mdev, apqn: Apqn): readonly Remedy[] {
  const { apm, aqm, adm } = mdev.matrix;
  if (host.profile.apConfig) {
    const masks = [formatMask(apm), formatMask(aqm), formatMask(adm)].join(",");
    return [[[`${mdevPath(mdev)}/ap_config`, masks]]];
  }
  const adapter = idleAdapter(host, mdev);
  const domain = idleDomain(host, mdev);
  return [
    ...(adapter === undefined ? [] : [[[`${mdevPath(mdev)}/assign_adapter`, hex(adapter)]] as const]),
    ...(domain === undefined ? [] : [[[`${mdevPath(mdev)}/assign_domain`, hex(domain)]] as const]),
    [
      [driverPath("vfio_ap", "unbind"), formatApqn(apqn)],
      [driverPath("vfio_ap", "bind"), formatApqn(apqn)],
    ],
  ];
}

/** An adapter that the host does not have, that nobody has assigned and that may be assigned: over-provisioning. */
function idleAdapter({ state }: Host, mdev: Mdev): Apid | undefined {
  for (let id = 0; id < Math.min(ID_LIMIT, state.facts.maxAdapter + 1); id++) {
    const apid = id as Apid;
    if (state.info.apm.has(apid) || mdev.matrix.apm.has(apid)) continue;
    const hostOwned = state.apmask.has(apid) && mdev.matrix.aqm.firstCommon(state.aqmask) !== NONE;
    if (!hostOwned) return apid;
  }
  return undefined;
}

/** The same for a domain. */
function idleDomain({ state }: Host, mdev: Mdev): Apqi | undefined {
  for (let id = 0; id < Math.min(ID_LIMIT, state.facts.maxDomain + 1); id++) {
    const apqi = id as Apqi;
    if (state.info.aqm.has(apqi) || mdev.matrix.aqm.has(apqi)) continue;
    const hostOwned = state.aqmask.has(apqi) && mdev.matrix.apm.firstCommon(state.apmask) !== NONE;
    if (!hostOwned) return apqi;
  }
  return undefined;
}
