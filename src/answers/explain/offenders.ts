// Every queue that stands in the way of a write, with its owner. The kernel names at most the first queue, and only in its log.
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { ID_LIMIT } from "../../system/ap/id.ts";
import { commonProduct, hasQueue, noProduct, type Product, queuesOf } from "../../system/ap/product.ts";
import type { Refusal } from "../../system/ap/result.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { isHostOwned } from "../../system/bus/ownership.ts";
import { parseMask } from "../../system/sysfs/mask-grammar.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { sscanfInt } from "../../system/sysfs/number-grammar.ts";
import type { OwnershipMask, Write } from "../../system/sysfs/writes.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type ResultingMatrix, resultingMatrix } from "./resulting-matrix.ts";

/** Who has a queue that is in the way; exactly one member is there. */
export interface Owner {
  readonly mdev?: string;
  /** Mask bits that leave it to the host. */
  readonly host?: string;
  readonly driver?: string;
  readonly override?: string;
}

export interface Offender {
  readonly apqn: Apqn;
  readonly owner: Owner;
}

/** Ascending; empty for a write that is refused for its text and not because of a queue. */
export function offendersOf(host: Host, write: Write, why: Pick<Refusal, "kind">): readonly Offender[] {
  const file = writtenFile(write);
  const matrix = resultingMatrix(host, write);
  switch (why.kind) {
    case "queue-host-owned":
      return matrix ? queuesOf(matrix).flatMap((apqn) => hostOwner(host, apqn)) : [];
    case "queue-not-bound":
      return matrix ? queuesThatCount(host, matrix).flatMap((apqn) => notBound(host, apqn)) : [];
    case "queue-assigned-elsewhere":
      return matrix ? inOtherMdevs(host, matrix) : [];
    case "masks-in-use":
      return file.kind === "mask" ? maskUsers(host, file.mask, write[1]) : [];
    case "domain-not-usable": {
      // Its bit of aqmask is off. Whoever puts it on meets these.
      const domain = sscanfInt(write[1], "%i") ?? -1;
      return domain >= 0 && domain < ID_LIMIT ? maskUsers(host, "aqmask", `+${domain}`) : [];
    }
    case "overrides-active":
      return overriddenQueues(host);
    case "bound-already":
    case "driver-may-not-have-it":
    case "not-bound-to-this-driver":
      return file.kind === "driver" && file.apqn !== undefined ? bindingOwner(host, file.apqn, why) : [];
    default:
      return [];
  }
}

/** If no domain is assigned, some queue of the adapter must be bound, and the other way round. */
function queuesThatCount({ state: { info } }: Host, { apm, aqm }: Product): readonly Apqn[] {
  return queuesOf({ apm: apm.isEmpty() ? info.apm : apm, aqm: aqm.isEmpty() ? info.aqm : aqm });
}

const maskBits = (apqn: Apqn): string => `apmask ${formatApid(apidOf(apqn))}, aqmask ${formatApqi(apqiOf(apqn))}`;

function hostOwner({ state }: Host, apqn: Apqn): readonly Offender[] {
  if (state.holds(apqn) && state.overridden.has(apqn) && state.isBound(apqn)) {
    if (!state.cexBound.has(apqn)) return [];
    return [overriddenBy(state, apqn)];
  }
  return isHostOwned(state, apqn) ? [{ apqn, owner: { host: maskBits(apqn) } }] : [];
}

function notBound(host: Host, apqn: Apqn): readonly Offender[] {
  const { state } = host;
  if (state.holds(apqn) && state.vfioBound.has(apqn)) return [];
  const driver = state.holds(apqn) && state.devices.has(apqn) ? driverOf(host, apqn) : undefined;
  return [{ apqn, owner: { driver: driver ?? "none" } }];
}

function inOtherMdevs({ state }: Host, wanted: ResultingMatrix): readonly Offender[] {
  const others = state.listedMdevs().filter((mdev) => mdev !== wanted.mdev);
  return queuesOf(wanted).flatMap((apqn) => {
    const other = others.find(({ matrix }) => hasQueue(matrix, apqn));
    return other ? [{ apqn, owner: { mdev: mdevName(other) } }] : [];
  });
}

/** Queues of mdevs that the new mask would give to the host. */
function maskUsers(host: Host, mask: OwnershipMask, text: string): readonly Offender[] {
  const { state } = host;
  const added = addedBits(host, mask, text);
  return state
    .listedMdevs()
    .flatMap((mdev) =>
      queuesOf(commonProduct(mdev.matrix, added)).map((apqn) => ({ apqn, owner: { mdev: mdevName(mdev) } })),
    )
    .sort((a, b) => a.apqn - b.apqn);
}

/** The queues about which the bus asks vfio_ap when a mask gains bits. */
function addedBits(host: Host, mask: OwnershipMask, text: string): Product {
  const { state } = host;
  const everything = host.busRules.inUsePartner === "all";
  const added = noProduct();
  const { apm, aqm } = added;
  if (mask === "apmask") {
    const to = parseMask(text, state.apmask, host.profile.maskNumbers);
    if (to) apm.setDifference(to, state.apmask);
    aqm.copy(everything ? state.scratch.allDomains : state.aqmask);
  } else {
    const to = parseMask(text, state.aqmask, host.profile.maskNumbers);
    if (to) aqm.setDifference(to, state.aqmask);
    apm.copy(everything ? state.scratch.allAdapters : state.apmask);
  }
  return added;
}

const overriddenBy = ({ names, override }: Host["state"], apqn: Apqn): Offender => ({
  apqn,
  owner: { override: names.nameOf(override.get(apqn)) },
});

export const overriddenQueues = ({ state }: Host): readonly Offender[] =>
  state.overridden.queues().map((apqn) => overriddenBy(state, apqn));

function bindingOwner(host: Host, apqn: Apqn, why: Pick<Refusal, "kind">): readonly Offender[] {
  const { state } = host;
  if (why.kind !== "driver-may-not-have-it") return [{ apqn, owner: { driver: driverOf(host, apqn) ?? "none" } }];
  if (state.overridden.has(apqn)) return [overriddenBy(state, apqn)];
  return [{ apqn, owner: isHostOwned(state, apqn) ? { host: maskBits(apqn) } : { driver: "vfio_ap" } }];
}
