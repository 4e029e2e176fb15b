// Numbers that an mdev could be assigned so that the only effect on guests is that the kernel filters again.
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { copyProduct } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { checkAssignable } from "../../system/vfio-ap/assignable.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** The lowest adapter that the host does not have, so that no guest gets it even for a moment, and the lowest that it has. */
export function idleAdapters(host: Host, mdev: Mdev) {
  const { layout, facts, info } = host.state;
  const apids = Array.from({ length: Math.min(layout.adapters, facts.maxAdapter + 1) }, (_, id) => asApid(id));
  const idle = (isPresent: boolean): Apid | undefined =>
    apids.find(
      (apid) =>
        info.apm.has(apid) === isPresent && !mdev.matrix.apm.has(apid) && mayAssign(host, mdev, apid, undefined),
    );
  return { absent: idle(false), present: idle(true) };
}

/** The lowest domain that the host does not have. Kernels before 6.8 take every adapter away when it is assigned. */
export function idleDomain(host: Host, mdev: Mdev): Apqi | undefined {
  const { layout, facts, info } = host.state;
  for (let id = 0; id < Math.min(layout.domains, facts.maxDomain + 1); id++) {
    const apqi = asApqi(id);
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
