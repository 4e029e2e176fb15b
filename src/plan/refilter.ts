// Making the kernel filter an mdev again while its matrix stays as it is: the same masks written once more; before ap_config an
// adapter that the host does not have, assigned and unassigned.
import { type Apid, NONE } from "../ap/id.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Way } from "./matrix-ways.ts";
import type { Target } from "./targets.ts";
import { configWrite, numberWrite } from "./writes.ts";

/** Alternatives; none if there is no way. */
export function refilterWays(host: Host, mdev: Mdev, { uuid }: Target): readonly Way[] {
  if (host.profile.apConfig) return [[configWrite(uuid, mdev.matrix)]];
  const idle = idleAdapter(host, mdev);
  if (idle === undefined) return [];
  return [[numberWrite(uuid, "assign_adapter", idle), numberWrite(uuid, "unassign_adapter", idle)]];
}

/** One that nobody has and that may be assigned. */
function idleAdapter({ state }: Host, mdev: Mdev): Apid | undefined {
  for (let id = 0; id < Math.min(state.layout.adapters, state.facts.maxAdapter + 1); id++) {
    const apid = id as Apid;
    if (state.info.apm.has(apid) || mdev.matrix.apm.has(apid)) continue;
    if (state.apmask.has(apid) && mdev.matrix.aqm.firstCommon(state.aqmask) !== NONE) continue;
    if (!isTakenElsewhere(state, mdev, apid)) return apid;
  }
  return undefined;
}

function isTakenElsewhere(state: Host["state"], own: Mdev, apid: Apid): boolean {
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    if (mdev !== own && mdev.matrix.apm.has(apid) && mdev.matrix.aqm.intersects(own.matrix.aqm)) return true;
  }
  return false;
}
