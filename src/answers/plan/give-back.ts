// Queues that go back to the host's own drivers once mdevs have what they are to have: an override is taken away, or bits of the masks go
// on. It is the last part of a plan, and takes nothing from any mdev: each write is tried, and what would is left out or refused.
import { cannotPlan, type DesiredState, type Planned, planned } from "../../formats/desired/desired.ts";
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { isHostOwned, mayBind } from "../../system/bus/ownership.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { bindWrite, bitsWrite, overrideWrite, unbindWrite, type Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { isWithHost } from "./freed-queues.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Target } from "./targets.ts";

/** The member of the file that names them. */
const GIVE_BACK = ["host", "give_back"];

/** @param rehearsal where mdevs are as desired; it goes on from there */
export function giveBack(
  rehearsal: Rehearsal,
  targets: readonly Target[],
  wanted: DesiredState["giveBack"],
): Planned<void> {
  const { host } = rehearsal;
  if (wanted === undefined) return planned(undefined);
  const isAll = wanted === "unused";
  const queues = isAll ? host.state.devices.queues().filter((apqn) => !host.state.ownerOf(apqn)) : wanted;
  if (!isAll) {
    const message = queues.map((apqn) => obstacle(host, targets, apqn)).find((one) => one !== undefined);
    if (message !== undefined) return cannotPlan(GIVE_BACK, message);
  }
  const open = queues.filter((apqn) => !isWithHost(host, apqn) || !host.state.cexBound.has(apqn));
  for (const apqn of open.filter((one) => host.state.overridden.has(one)))
    takeOutAnd(rehearsal, apqn, overrideWrite(apqn, "\n"));
  byMasks(rehearsal, open);
  for (const apqn of open) byHand(rehearsal, apqn);
  const left = open.find((apqn) => !host.state.cexBound.has(apqn));
  return isAll || left === undefined ? planned(undefined) : cannotPlan(GIVE_BACK, cannotGo(host, left));
}

/** Why a queue that is named cannot go back at all. */
function obstacle({ state }: Host, targets: readonly Target[], apqn: Apqn): string | undefined {
  const name = formatApqn(apqn);
  if (!state.holds(apqn) || !state.devices.has(apqn))
    return `expected queues of this host, found ${name}: there is no such queue`;
  const owner = state.ownerOf(apqn);
  if (!owner) return undefined;
  const uuid = mdevName(owner);
  const isNamed = targets.some((target) => target.uuid === uuid && target.isNamed);
  const remedy = isNamed ? "take it out of one of them" : "name that mdev without it";
  return `expected queues that no mdev is to have, found ${name}, which mdev ${uuid} has: ${remedy}`;
}

/** Out of the driver, then this write; neither if it is refused, or takes something from an mdev. */
function takeOutAnd(rehearsal: Rehearsal, apqn: Apqn, then: Write): void {
  const before = rehearsal.save();
  const driver = driverOf(rehearsal.host, apqn);
  const unbind = driver === undefined ? [] : [unbindWrite(driver, apqn)];
  if (!rehearsal.write([...unbind, then])) rehearsal.restore(before);
}

/** Bits that are off and could go on for these queues. All at once if that takes nothing from an mdev, else queue by queue. */
function byMasks(rehearsal: Rehearsal, queues: readonly Apqn[]): void {
  const { host } = rehearsal;
  const masked = queues.filter((apqn) => !host.state.overridden.has(apqn) && !isHostOwned(host.state, apqn));
  if (masked.length === 0) return;
  const before = rehearsal.save();
  if (rehearsal.write(maskWrites(host, masked))) return;
  rehearsal.restore(before);
  const taken = masked.filter((apqn) => {
    const saved = rehearsal.save();
    const isTaken = rehearsal.write(maskWrites(host, [apqn]));
    if (!isTaken) rehearsal.restore(saved);
    return isTaken;
  });
  // The same in as few writes as there are masks.
  const singly = rehearsal.save();
  rehearsal.restore(before);
  if (taken.length > 0 && !rehearsal.write(maskWrites(host, taken))) rehearsal.restore(singly);
}

function maskWrites({ state }: Host, queues: readonly Apqn[]): readonly Write[] {
  const adapters = new Set(queues.map(apidOf).filter((apid) => !state.apmask.has(apid)));
  const domains = new Set(queues.map(apqiOf).filter((apqi) => !state.aqmask.has(apqi)));
  const ascending = (a: number, b: number): number => a - b;
  return [
    ...(adapters.size > 0 ? [bitsWrite("apmask", "+", [...adapters].sort(ascending))] : []),
    ...(domains.size > 0 ? [bitsWrite("aqmask", "+", [...domains].sort(ascending))] : []),
  ];
}

/** The host's by right, and yet with no driver, or with another one. */
function byHand(rehearsal: Rehearsal, apqn: Apqn): void {
  const { host } = rehearsal;
  if (host.state.cexBound.has(apqn) || !mayBind(host, "cex4queue", apqn)) return;
  takeOutAnd(rehearsal, apqn, bindWrite(apqn, "cex4queue"));
}

function cannotGo({ state, profile }: Host, apqn: Apqn): string {
  const bits = `apmask ${formatApid(apidOf(apqn))} and aqmask ${formatApqi(apqiOf(apqn))}`;
  const other = profile.driverOverride && state.get("masksInUse") === 0 ? "" : ", and mdevs have others of these";
  return `${formatApqn(apqn)} cannot go back to the host: it takes the bits ${bits}${other}: give back all that mdevs do not need of its adapter and domain, or leave it out`;
}
