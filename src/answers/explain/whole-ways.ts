// Remedies against all queues in the way at once: bits of one mask in one write, and what another mdev gives up in as few as can be.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../../system/ap/apqn.ts";
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

/** All that the host keeps, by bits of one mask; the one first by which the host loses less. */
export function freeAllFromHost({ state }: Host, offenders: readonly Offender[]): readonly Remedy[] {
  const [adapters, domains] = [adaptersOf(offenders), domainsOf(offenders)];
  // One bit is enough then, and is tried anyway.
  if (adapters.length === 1 || domains.length === 1) return [];
  const hostLoses = (isFreed: (apqn: Apqn) => boolean): number => {
    let lost = 0;
    for (const apid of state.cards.ids()) {
      for (const apqi of state.cexBound.row(apid).ids()) if (isFreed(apqnOf(apid, apqi))) lost++;
    }
    return lost;
  };
  const [apids, apqis] = [new Set(adapters), new Set(domains)];
  const byDomains = hostLoses((apqn) => apqis.has(apqiOf(apqn)));
  const byAdapters = hostLoses((apqn) => apids.has(apidOf(apqn)));
  const [aqmask, apmask] = [[bitsWrite("aqmask", "-", domains)], [bitsWrite("apmask", "-", adapters)]] as const;
  return byAdapters < byDomains ? [apmask, aqmask] : [aqmask, apmask];
}

/** Every mdev that has some of them gives these up, in as few writes as can be; of two ways the one by which it loses less. */
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
 * What the mdev itself gives up so that an assignment to it is taken: for where nothing else helps, as whoever assigns more does not
 * want to have less. None for other writes.
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

/** Bits that a mask gains take nothing from an mdev whose other numbers are not in the other mask: kernels that ask for that one. */
export function freeByOtherMask(host: Host, mask: OwnershipMask, offenders: readonly Offender[]): readonly Remedy[] {
  if (host.busRules.inUsePartner === "all" || offenders.length === 0) return [];
  return [
    [
      mask === "apmask"
        ? bitsWrite("aqmask", "-", domainsOf(offenders))
        : bitsWrite("apmask", "-", adaptersOf(offenders)),
    ],
  ];
}
