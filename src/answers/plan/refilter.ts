// Ways to make the kernel filter an mdev again while its matrix stays as it is. With ap_config the same masks are written once more.
// Without it a harmless number is assigned and unassigned, or one of the mdev's own is unassigned and assigned. Trying shows which is
// best.
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { configWrite, type NumberAttribute, numberWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { idleAdapters, idleDomain } from "../explain/idle-numbers.ts";
import type { Way } from "./matrix-ways.ts";
import { viewOf } from "./reach.ts";
import type { Target } from "./targets.ts";

/** Alternatives; empty if there is no way. */
export function refilterWays(host: Host, mdev: Mdev, { uuid }: Target): readonly Way[] {
  if (host.profile.apConfig) return [[configWrite(uuid, mdev.matrix)]];
  const { absent, present } = idleAdapters(host, mdev);
  // Kernels before 6.8 would take every adapter away for such a domain.
  const domain = host.profile.filter === "whole" ? idleDomain(host, mdev) : undefined;
  const twice = (id: Apid | Apqi | undefined, first: NumberAttribute, second: NumberAttribute): readonly Way[] =>
    id === undefined ? [] : [[numberWrite(uuid, first, id), numberWrite(uuid, second, id)]];
  return [
    ...[absent, present].flatMap((apid) => twice(apid, "assign_adapter", "unassign_adapter")),
    ...twice(domain, "assign_domain", "unassign_domain"),
    ...unpluggedAdapters(host, mdev).map((apid) => reassigned(uuid, apid, [])),
    ...unpluggedDomains(host, mdev).flatMap((apqi) => twice(apqi, "unassign_domain", "assign_domain")),
  ];
}

/** Unassigned and assigned again. What is written in between finds the adapter in no matrix, so no guest notices. */
export const reassigned = (uuid: string, apid: Apid, between: Way): Way => [
  numberWrite(uuid, "unassign_adapter", apid),
  ...between,
  numberWrite(uuid, "assign_adapter", apid),
];

/** The mdev's adapters that its guest does not have. */
export function unpluggedAdapters(host: Host, mdev: Mdev): readonly Apid[] {
  const view = viewOf(host, mdev);
  return mdev.matrix.apm.ids().filter((apid) => !view.apm.has(apid));
}

/** The mdev's domains that the host has, and of which the guest has no queue. */
function unpluggedDomains(host: Host, mdev: Mdev): readonly Apqi[] {
  const view = viewOf(host, mdev);
  const { info } = host.state;
  return mdev.matrix.aqm.ids().filter((apqi) => info.aqm.has(apqi) && (view.apm.isEmpty() || !view.aqm.has(apqi)));
}
