// Numbers that an mdev could be assigned without any guest noticing more than that the kernel filters again.
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { copyProduct } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { checkAssignable } from "../../system/vfio-ap/assignable.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** The lowest adapter that the host does not have, so that no guest gets it for a moment, and the lowest that it has. */
export function idleAdapters(
  host: Host,
  mdev: Mdev,
): { readonly absent: Apid | undefined; readonly present: Apid | undefined } {
  const { layout, facts, info } = host.state;
  let [absent, present]: (Apid | undefined)[] = [];
  for (let id = 0; id < Math.min(layout.adapters, facts.maxAdapter + 1); id++) {
    const apid = id as Apid;
    const isPresent = info.apm.has(apid);
    if ((isPresent ? present : absent) !== undefined) continue;
    if (mdev.matrix.apm.has(apid) || !mayAssign(host, mdev, apid, undefined)) continue;
    if (isPresent) present = apid;
    else absent = apid;
  }
  return { absent, present };
}

/** The lowest domain that the host does not have. Kernels before 6.8 take every adapter away for it. */
export function idleDomain(host: Host, mdev: Mdev): Apqi | undefined {
  const { layout, facts, info } = host.state;
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
