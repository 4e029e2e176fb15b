// The v11 patches of the seed mail: a shadow only while a guest runs, filtered by adapter, or by domain when one is assigned;
// if one of the two masks runs empty the other follows. docs/kernel/hotplug.md §17.1, §17.2.

import { apidOf, apqiOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, NONE } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import { clearMatrix, setMatrix } from "../ap/matrix.ts";
import type { Mdev } from "../machine/mdev.ts";
import { updateGuest } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { isPlugged } from "./plugged.ts";
import type { ShadowRule } from "./shadow-rule.ts";
import { dropLinks } from "./unlink.ts";

/** What a missing queue takes away. */
export type FilterBy = "adapter" | "domain";

/** Work out the shadow of a running guest again; the guest gets it if it changed. */
export function filterV11(host: Host, mdev: Mdev, by: FilterBy): void {
  if (!mdev.isAttached) return;
  const { state } = host;
  const { oldApm: apm, oldAqm: aqm } = state.scratch;
  const { matrix, shadow } = mdev;
  apm.copy(matrix.apm);
  aqm.copy(matrix.aqm);
  for (let apid = matrix.apm.next(0); apid !== NONE; apid = matrix.apm.next(apid + 1)) {
    if (!state.info.apm.has(apid)) {
      // The two checks below are skipped then, which can leave domains without adapters.
      apm.remove(apid);
      continue;
    }
    for (let apqi = matrix.aqm.next(0); apqi !== NONE; apqi = matrix.aqm.next(apqi + 1)) {
      if (!state.info.aqm.has(apqi)) {
        aqm.remove(apqi);
      } else if (!state.linked.row(apid).has(apqi)) {
        if (by === "adapter") {
          apm.remove(apid);
          break;
        }
        aqm.remove(apqi);
      }
    }
    if (apm.isEmpty()) {
      aqm.clear();
      break;
    }
    if (aqm.isEmpty()) {
      apm.clear();
      break;
    }
  }
  if (apm.equals(shadow.apm) && aqm.equals(shadow.aqm) && matrix.adm.equals(shadow.adm)) return;
  shadow.apm.copy(apm);
  shadow.aqm.copy(aqm);
  shadow.adm.copy(matrix.adm);
  updateGuest(host, mdev);
}

/** Take adapters from the shadow; with the last one all domains go. Returns whether any was there. */
function dropAdapters({ shadow }: Mdev, adapters: Apm): boolean {
  if (!shadow.apm.intersects(adapters)) return false;
  shadow.apm.removeAll(adapters);
  if (shadow.apm.isEmpty()) shadow.aqm.clear();
  return true;
}

/** The same for domains; with the last one all adapters go. */
function dropDomains({ shadow }: Mdev, domains: Aqm): boolean {
  if (!shadow.aqm.intersects(domains)) return false;
  shadow.aqm.removeAll(domains);
  if (shadow.aqm.isEmpty()) shadow.apm.clear();
  return true;
}

export const v11Shadow: ShadowRule = {
  adapterAssigned: (host, mdev) => filterV11(host, mdev, "adapter"),
  domainAssigned: (host, mdev) => filterV11(host, mdev, "domain"),

  controlDomainAssigned(host, mdev, domain) {
    if (!mdev.isAttached || mdev.shadow.adm.has(domain)) return;
    mdev.shadow.adm.add(domain);
    updateGuest(host, mdev);
  },

  controlDomainUnassigned(host, mdev, domain) {
    if (!mdev.isAttached || !mdev.shadow.adm.has(domain)) return;
    mdev.shadow.adm.remove(domain);
    updateGuest(host, mdev);
  },

  unassignAdapters(host, mdev, adapters) {
    dropLinks(host, adapters, mdev.matrix.aqm);
    if (dropAdapters(mdev, adapters)) updateGuest(host, mdev);
  },

  unassignDomains(host, mdev, domains) {
    dropLinks(host, mdev.matrix.apm, domains);
    if (dropDomains(mdev, domains)) updateGuest(host, mdev);
  },

  queueBound(host, mdev, apqn) {
    if (isPending(mdev, apidOf(apqn), apqiOf(apqn))) return;
    filterV11(host, mdev, "adapter");
  },

  queueLeaves(host, mdev, apqn) {
    const apid = apidOf(apqn);
    const apqi = apqiOf(apqn);
    if (!host.state.linked.has(apqn)) return false;
    const unplugs =
      host.profile.removalUnplugs === "apm" ? mdev.shadow.apm.has(apid) : isPlugged(mdev.shadow, apid, apqi);
    if (!unplugs) return false;
    mdev.shadow.apm.remove(apid);
    if (mdev.shadow.apm.isEmpty()) mdev.shadow.aqm.clear();
    updateGuest(host, mdev);
    return false;
  },

  attached: (host, mdev) => filterV11(host, mdev, "adapter"),
  detached: (_host, mdev) => clearMatrix(mdev.shadow),

  hostLost(host, mdev, lost) {
    if (!mdev.isAttached) return;
    unlinkLost(host, mdev, lost);
    const adapters = dropAdapters(mdev, lost.apm);
    const domains = dropDomains(mdev, lost.aqm);
    // As posted the guest is not told until the next change (docs/kernel/faults.md B-18).
    if ((adapters || domains) && host.profile.commitsHostRemoval) updateGuest(host, mdev);
  },

  // The added sets were global in these patches: every mdev holds all of them.
  hostGained: (_host, mdev, gained) => setMatrix(mdev.pending, gained),

  scanCompleted(host, mdev) {
    const { matrix, pending } = mdev;
    const touched = matrix.apm.intersects(pending.apm) || matrix.aqm.intersects(pending.aqm);
    clearMatrix(pending);
    if (touched) filterV11(host, mdev, "adapter");
  },
};

/** The adapter or the domain came with the host change that is being worked on. */
export const isPending = ({ pending }: Mdev, apid: Apid, apqi: Apqi): boolean =>
  pending.apm.has(apid) || pending.aqm.has(apqi);

/** Queues that the host lost are unlinked at once, while they are still bound. */
export function unlinkLost(
  { state }: Host,
  mdev: Mdev,
  lost: { readonly apm: Mdev["matrix"]["apm"]; readonly aqm: Mdev["matrix"]["aqm"] },
): void {
  const { matrix } = mdev;
  for (let apid = matrix.apm.next(0); apid !== NONE; apid = matrix.apm.next(apid + 1)) {
    const linked = state.linked.row(apid);
    for (let apqi = matrix.aqm.next(0); apqi !== NONE; apqi = matrix.aqm.next(apqi + 1)) {
      if (lost.apm.has(apid) || lost.aqm.has(apqi)) linked.remove(apqi);
    }
  }
}
