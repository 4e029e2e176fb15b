// Single writes that may be all that a refused write needs: writes about the queue it names, or about the queues in its way. Each is
// tried, so it need not be known why one of them helps. Removing an mdev is not among them: nobody wants that as a by-product.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import {
  bindWrite,
  bitsWrite,
  numberWrite,
  overrideWrite,
  RESCAN,
  unbindWrite,
  type Write,
} from "../../system/sysfs/writes.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Offender } from "./offenders.ts";

/** How many of the queues in the way are looked at: one write seldom helps against more. */
const MOST = 4;

export function likelyWrites(host: Host, write: Write, offenders: readonly Offender[]): readonly Write[] {
  const file = writtenFile(write);
  const named = file.kind === "driver" || file.kind === "queue" ? file.apqn : undefined;
  const queues = [...(named === undefined ? [] : [named]), ...offenders.slice(0, MOST).map(({ apqn }) => apqn)];
  const aboutQueues = [...new Set(queues)].flatMap((apqn) => [
    ...bindings(host, apqn),
    ...maskBits(apqn),
    ...unassignments(host, apqn),
  ]);
  return aboutQueues.length === 0 ? [] : [...aboutQueues, RESCAN];
}

function bindings({ state, profile }: Host, apqn: Apqn): readonly Write[] {
  if (!state.holds(apqn) || !state.devices.has(apqn)) return [];
  return [
    ...["vfio_ap", "cex4queue"].flatMap((driver) => [bindWrite(apqn, driver), unbindWrite(driver, apqn)]),
    ...(profile.driverOverride ? ["vfio_ap", "cex4queue", "\n"].map((name) => overrideWrite(apqn, name)) : []),
  ];
}

const maskBits = (apqn: Apqn): readonly Write[] =>
  (["-", "+"] as const).flatMap((sign) => [
    bitsWrite("aqmask", sign, [apqiOf(apqn)]),
    bitsWrite("apmask", sign, [apidOf(apqn)]),
  ]);

/** Writes by which the mdev that has the queue gives up its domain or its adapter. */
export function unassignments({ state }: Host, apqn: Apqn): readonly Write[] {
  const owner = state.ownerOf(apqn);
  if (!owner) return [];
  const uuid = mdevName(owner);
  return [numberWrite(uuid, "unassign_domain", apqiOf(apqn)), numberWrite(uuid, "unassign_adapter", apidOf(apqn))];
}
