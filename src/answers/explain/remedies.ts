// What can be written against a cause: alternatives, each a few writes. Trying shows whether they help (fix.ts).
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { isUsableType } from "../../system/ap/card-type.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { rightfulDriver } from "../../system/bus/ownership.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import {
  bindWrite,
  bitsWrite,
  configWrite,
  numberWrite,
  overrideWrite,
  RESCAN,
  rebindWrites,
  unbindWrite,
  type Write,
} from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { idleAdapters, idleDomain } from "./idle-numbers.ts";
import { unassignments } from "./likely-writes.ts";
import type { Cause } from "./reason.ts";

export type Remedy = readonly Write[];

/** Alternatives against the first thing that keeps `apqn` from the guest of `mdev`; empty if only the machine can help. */
export function remediesFor(host: Host, mdev: Mdev, apqn: Apqn, { reason, because }: Cause): readonly Remedy[] {
  switch (reason) {
    case "plugged":
    case "guest-not-running":
    case "removal-requested":
      return [];
    case "adapter-not-assigned":
      return [[numberWrite(mdevName(mdev), "assign_adapter", apidOf(apqn))]];
    case "domain-not-assigned":
      return [[numberWrite(mdevName(mdev), "assign_domain", apqiOf(apqn))]];
    case "assigned-elsewhere":
      return unassignments(host, apqn).map((write) => [write]);
    case "host-owned":
      return freeFromHost(host, apqn);
    case "adapter-not-in-host":
      return host.state.machine.apm.has(apidOf(apqn)) ? [[RESCAN]] : [];
    case "domain-not-in-host":
      return host.state.machine.aqm.has(apqiOf(apqn)) ? [[RESCAN]] : [];
    case "no-queue-device":
      return isUsableType(host.state.machineType(apidOf(apqn))) ? [[RESCAN]] : [];
    case "queue-unbound":
    case "queue-bound-elsewhere":
      return rebind(host, apqn);
    case "queue-not-passable":
      return [rebindWrites(apqn)];
    case "adapter-filtered":
      return because.apqn === undefined || because.reason === undefined
        ? []
        : remediesFor(host, mdev, because.apqn, { reason: because.reason, because });
    case "waiting-for-refilter":
      return refilter(host, mdev, apqn);
  }
}

/** By a bit of either mask; or by an override, where the kernel has overrides and both masks are all ones. */
export function freeFromHost(host: Host, apqn: Apqn): readonly Remedy[] {
  const { state } = host;
  const byMask: readonly Remedy[] = [
    [bitsWrite("aqmask", "-", [apqiOf(apqn)])],
    [bitsWrite("apmask", "-", [apidOf(apqn)])],
  ];
  if (!host.profile.driverOverride || state.get("masksInUse") !== 0) return byMask;
  const byOverride = rebind(host, apqn);
  return state.get("overrides") > 0 ? byOverride : [...byMask, ...byOverride];
}

/** Unbinds the queue if a driver has it, writes the override unless the queue is for vfio_ap already, and binds it. */
function rebind(host: Host, apqn: Apqn): readonly Remedy[] {
  if (!host.state.devices.has(apqn)) return [];
  const driver = driverOf(host, apqn);
  const unbind: Remedy = driver === undefined ? [] : [unbindWrite(driver, apqn)];
  const mustBeNamed = host.profile.driverOverride && rightfulDriver(host, apqn) !== "vfio_ap";
  const name: Remedy = mustBeNamed ? [overrideWrite(apqn)] : [];
  return [[...unbind, ...name, bindWrite(apqn)]];
}

/**
 * Ways to make the kernel filter again that take nothing from the guest: the same masks once more, a number that no queue has, or a new
 * binding of the queue that the guest does not have anyway.
 */
function refilter(host: Host, mdev: Mdev, apqn: Apqn): readonly Remedy[] {
  const uuid = mdevName(mdev);
  if (host.profile.apConfig) return [[configWrite(uuid, mdev.matrix)]];
  const adapter = idleAdapters(host, mdev).absent;
  const domain = idleDomain(host, mdev);
  return [
    ...(adapter === undefined ? [] : [[numberWrite(uuid, "assign_adapter", adapter)]]),
    ...(domain === undefined ? [] : [[numberWrite(uuid, "assign_domain", domain)]]),
    rebindWrites(apqn),
  ];
}
