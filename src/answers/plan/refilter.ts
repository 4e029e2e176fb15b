// Making the kernel filter an mdev again while its matrix stays as it is: the same masks written once more; before ap_config a number
// that harms nobody assigned and unassigned, or one of its own unassigned and assigned. Which is best is found out by trying.
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { copyProduct } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { configWrite, numberWrite } from "../../system/sysfs/writes.ts";
import { checkAssignable } from "../../system/vfio-ap/assignable.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Way } from "./matrix-ways.ts";
import { viewOf } from "./reach.ts";
import type { Target } from "./targets.ts";

/** Alternatives; none if there is no way. */
export function refilterWays(host: Host, mdev: Mdev, { uuid }: Target): readonly Way[] {
  if (host.profile.apConfig) return [[configWrite(uuid, mdev.matrix)]];
  const ways: Way[] = [];
  for (const apid of idleAdapters(host, mdev)) {
    ways.push([numberWrite(uuid, "assign_adapter", apid), numberWrite(uuid, "unassign_adapter", apid)]);
  }
  const domain = idleDomain(host, mdev);
  if (domain !== undefined) {
    ways.push([numberWrite(uuid, "assign_domain", domain), numberWrite(uuid, "unassign_domain", domain)]);
  }
  for (const apid of unpluggedAdapters(host, mdev)) ways.push(reassigned(uuid, apid, []));
  for (const apqi of unpluggedDomains(host, mdev)) {
    ways.push([numberWrite(uuid, "unassign_domain", apqi), numberWrite(uuid, "assign_domain", apqi)]);
  }
  return ways;
}

/** Out and in again. What is done between finds the adapter in no matrix, so that no guest notices. */
export const reassigned = (uuid: string, apid: Apid, between: Way): readonly Write[] => [
  numberWrite(uuid, "unassign_adapter", apid),
  ...between,
  numberWrite(uuid, "assign_adapter", apid),
];

/** Of the mdev's adapters those that its guest has not got. */
export function unpluggedAdapters(host: Host, mdev: Mdev): readonly Apid[] {
  const view = viewOf(host, mdev);
  return mdev.matrix.apm.ids().filter((apid) => !view.apm.has(apid));
}

/** Of its domains in the host those of which the guest has no queue. */
function unpluggedDomains(host: Host, mdev: Mdev): readonly Apqi[] {
  const view = viewOf(host, mdev);
  const { info } = host.state;
  return mdev.matrix.aqm.ids().filter((apqi) => info.aqm.has(apqi) && (view.apm.isEmpty() || !view.aqm.has(apqi)));
}

/** One that the host does not have, so that no guest gets it for a moment, and one that it has. */
function idleAdapters(host: Host, mdev: Mdev): readonly Apid[] {
  const { layout, facts, info } = host.state;
  const idle: { absent?: Apid; present?: Apid } = {};
  for (let id = 0; id < Math.min(layout.adapters, facts.maxAdapter + 1); id++) {
    const apid = id as Apid;
    const kind = info.apm.has(apid) ? "present" : "absent";
    if (idle[kind] === undefined && !mdev.matrix.apm.has(apid) && mayAssign(host, mdev, apid, undefined))
      idle[kind] = apid;
  }
  return [idle.absent, idle.present].filter((apid) => apid !== undefined);
}

/** One that the host does not have; kernels before 6.8 would take every adapter away for it. */
function idleDomain(host: Host, mdev: Mdev): Apqi | undefined {
  const { layout, facts, info } = host.state;
  if (host.profile.filter !== "whole") return undefined;
  for (let id = 0; id < Math.min(layout.domains, facts.maxDomain + 1); id++) {
    const apqi = id as Apqi;
    if (!info.aqm.has(apqi) && !mdev.matrix.aqm.has(apqi) && mayAssign(host, mdev, undefined, apqi)) return apqi;
  }
  return undefined;
}

function mayAssign(host: Host, mdev: Mdev, apid: Apid | undefined, apqi: Apqi | undefined): boolean {
  const { apm, aqm } = copyProduct(mdev.matrix);
  if (apid !== undefined) apm.add(apid);
  if (apqi !== undefined) aqm.add(apqi);
  return checkAssignable(host, mdev, apm, aqm).ok;
}
