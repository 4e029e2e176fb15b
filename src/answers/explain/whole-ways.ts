// Remedies against all queues in the way at once: bits of one mask in one write, or another mdev gives them up in few writes.
import { apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { bitsWrite, configWrite, numberWrites, type OwnershipMask, type Write } from "../../system/sysfs/writes.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Offender } from "./offenders.ts";
import type { Remedy } from "./remedies.ts";

const ascending = <I extends number>(ids: readonly I[]): readonly I[] => [...new Set(ids)].sort((a, b) => a - b);
const adaptersOf = (offenders: readonly Offender[]): readonly Apid[] => ascending(offenders.map((o) => apidOf(o.apqn)));
const domainsOf = (offenders: readonly Offender[]): readonly Apqi[] => ascending(offenders.map((o) => apqiOf(o.apqn)));

/** Frees all that the host keeps, by bits of one mask. The mask by which the host loses less comes first. */
export function freeAllFromHost({ state }: Host, offenders: readonly Offender[]): readonly Remedy[] {
  const [adapters, domains] = [adaptersOf(offenders), domainsOf(offenders)];
  // In that case one bit is enough, and it is tried anyway.
  if (adapters.length === 1 || domains.length === 1) return [];
  const hosts = state.cexBound.queues().filter((apqn) => state.cards.has(apidOf(apqn)));
  const [apids, apqis] = [new Set(adapters), new Set(domains)];
  const byDomains = hosts.filter((apqn) => apqis.has(apqiOf(apqn))).length;
  const byAdapters = hosts.filter((apqn) => apids.has(apidOf(apqn))).length;
  const [aqmask, apmask] = [[bitsWrite("aqmask", "-", domains)], [bitsWrite("apmask", "-", adapters)]] as const;
  return byAdapters < byDomains ? [apmask, aqmask] : [aqmask, apmask];
}

/** Every mdev that has some of them gives them up in few writes, in the way by which it loses less. */
export function takeAllFromOthers(host: Host, offenders: readonly Offender[]): readonly Remedy[] {
  const byOwner = groupBy(offenders, ({ apqn }) => host.state.ownerOf(apqn));
  const writes = [...byOwner].flatMap(([owner, its]) => (owner ? giveUp(host, owner, its) : []));
  return writes.length === 0 ? [] : [writes];
}

function giveUp(host: Host, owner: Mdev, its: readonly Offender[]): Remedy {
  const { apm, aqm } = owner.matrix;
  const [adapters, domains] = [adaptersOf(its), domainsOf(its)];
  const domainsAreLess = domains.length * apm.count() <= adapters.length * aqm.count();
  const byDomains = numberWrites(mdevName(owner), "unassign_domain", domains);
  const byAdapters = numberWrites(mdevName(owner), "unassign_adapter", adapters);
  const [better, other] = domainsAreLess ? [byDomains, byAdapters] : [byAdapters, byDomains];
  const singly = other.length < better.length ? other : better;
  if (singly.length === 1 || !host.profile.apConfig) return singly;
  return [domainsAreLess ? without(owner, [], domains) : without(owner, adapters, [])];
}

function without(mdev: Mdev, adapters: readonly Apid[], domains: readonly Apqi[]): Write {
  const { matrix } = mdev;
  const apm = maskOf(matrix.apm.ids().filter((id) => !adapters.includes(id)));
  const aqm = maskOf(matrix.aqm.ids().filter((id) => !domains.includes(id)));
  return configWrite(mdevName(mdev), { apm, aqm, adm: matrix.adm });
}

/**
 * What the mdev itself gives up so that an assignment to it succeeds. It is the last resort: who assigns more does not want less. Empty
 * for other writes.
 */
export function shrinkItself(host: Host, write: Write, offenders: readonly Offender[]): readonly Remedy[] {
  const file = writtenFile(write);
  const mdev = file.kind === "mdev" ? mdevNamed(host, file.uuid) : undefined;
  if (file.kind !== "mdev" || !mdev || offenders.length === 0) return [];
  const [adapters, domains] = [adaptersOf(offenders), domainsOf(offenders)];
  const isAdapter = file.attribute === "assign_adapter";
  if (!isAdapter && file.attribute !== "assign_domain") return [];
  const singly = isAdapter
    ? numberWrites(file.uuid, "unassign_domain", domains)
    : numberWrites(file.uuid, "unassign_adapter", adapters);
  const atOnce = isAdapter ? without(mdev, [], domains) : without(mdev, adapters, []);
  return host.profile.apConfig && singly.length > 1 ? [[atOnce], singly] : [singly];
}

/**
 * Some kernels also look at the other mask: bits that a mask gains then take nothing from an mdev whose numbers are not in the other
 * mask. So bits of the other mask are cleared.
 */
export function freeByOtherMask(host: Host, mask: OwnershipMask, offenders: readonly Offender[]): readonly Remedy[] {
  if (host.busRules.inUsePartner === "all" || offenders.length === 0) return [];
  const isAdapters = mask === "aqmask";
  return [
    [isAdapters ? bitsWrite("apmask", "-", adaptersOf(offenders)) : bitsWrite("aqmask", "-", domainsOf(offenders))],
  ];
}
