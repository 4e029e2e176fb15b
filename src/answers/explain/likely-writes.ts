// Single writes that may be all that a refused one needs: about the queue it names, or the queues in its way. Nobody has to know why
// one of them helps; each is tried. That an mdev is removed is not among them: nobody who wants to write elsewhere means that.
import { type Apqn, apidOf, apqiOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Offender } from "./offenders.ts";
import { mdevPath } from "./remedies.ts";
import { targetOf } from "./write-target.ts";

/** Of queues in the way so many are looked at: one write does not often help against more. */
const MOST = 4;

export function likelyWrites(host: Host, write: Write, offenders: readonly Offender[]): readonly Write[] {
  const target = targetOf(write);
  const named = target.kind === "driver" || target.kind === "queue" ? target.apqn : undefined;
  const queues = [...(named === undefined ? [] : [named]), ...offenders.slice(0, MOST).map(({ apqn }) => apqn)];
  const aboutQueues = [...new Set(queues)].flatMap((apqn) => [
    ...bindings(host, apqn),
    ...maskBits(apqn),
    ...unassignments(host, apqn),
  ]);
  return aboutQueues.length === 0 ? [] : [...aboutQueues, ["bus/ap/scans", "1"]];
}

function bindings({ state, profile }: Host, apqn: Apqn): readonly Write[] {
  if (!state.holds(apqn) || !state.devices.has(apqn)) return [];
  const queue = formatApqn(apqn);
  const override = `devices/ap/card${formatApid(apidOf(apqn))}/${queue}/driver_override`;
  return [
    ...["vfio_ap", "cex4queue"].flatMap((driver): readonly Write[] => [
      [`bus/ap/drivers/${driver}/bind`, queue],
      [`bus/ap/drivers/${driver}/unbind`, queue],
    ]),
    ...(profile.driverOverride ? ["vfio_ap", "cex4queue", "\n"].map((name): Write => [override, name]) : []),
  ];
}

const maskBits = (apqn: Apqn): readonly Write[] =>
  (["-", "+"] as const).flatMap((sign): readonly Write[] => [
    ["bus/ap/aqmask", `${sign}0x${apqiOf(apqn).toString(16)}`],
    ["bus/ap/apmask", `${sign}0x${apidOf(apqn).toString(16)}`],
  ]);

function unassignments({ state }: Host, apqn: Apqn): readonly Write[] {
  const owner = state.ownerOf(apqn);
  if (!owner) return [];
  return [
    [`${mdevPath(owner)}/unassign_domain`, `0x${apqiOf(apqn).toString(16)}`],
    [`${mdevPath(owner)}/unassign_adapter`, `0x${apidOf(apqn).toString(16)}`],
  ];
}
