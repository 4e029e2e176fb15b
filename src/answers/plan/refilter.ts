// Making the kernel filter an mdev again while its matrix stays as it is: the same masks written once more; before ap_config a number
// that harms nobody assigned and unassigned, or one of its own unassigned and assigned. Which is best is found out by trying.
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { configWrite, numberWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { idleAdapters, idleDomain } from "../explain/idle-numbers.ts";
import type { Way } from "./matrix-ways.ts";
import { viewOf } from "./reach.ts";
import type { Target } from "./targets.ts";

/** Alternatives; none if there is no way. */
export function refilterWays(host: Host, mdev: Mdev, { uuid }: Target): readonly Way[] {
  if (host.profile.apConfig) return [[configWrite(uuid, mdev.matrix)]];
  const ways: Way[] = [];
  const { absent, present } = idleAdapters(host, mdev);
  for (const apid of [absent, present]) {
    if (apid !== undefined)
      ways.push([numberWrite(uuid, "assign_adapter", apid), numberWrite(uuid, "unassign_adapter", apid)]);
  }
  // Kernels before 6.8 would take every adapter away for it.
  const domain = host.profile.filter === "whole" ? idleDomain(host, mdev) : undefined;
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
