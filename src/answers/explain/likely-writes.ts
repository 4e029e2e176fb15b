// Single writes that may be all that a refused one needs: about the queue it names, or the queues in its way. Nobody has to know why
// one of them helps; each is tried. That an mdev is removed is not among them: nobody who wants to write elsewhere means that.
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

/** Of queues in the way so many are looked at: one write does not often help against more. */
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

/** The mdev that has it gives up the domain or the adapter. */
export function unassignments({ state }: Host, apqn: Apqn): readonly Write[] {
  const owner = state.ownerOf(apqn);
  if (!owner) return [];
  const uuid = mdevName(owner);
  return [numberWrite(uuid, "unassign_domain", apqiOf(apqn)), numberWrite(uuid, "unassign_adapter", apidOf(apqn))];
}
