// The incremental rule that the seed discussion ended with (Krowiak, 13 Nov 2020), basis of v12: plug an adapter if its queues
// in the guest's domains are all there, a domain if its queues in the guest's adapters are. docs/kernel/hotplug.md §17.4.

import { apidOf, apqiOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, NONE } from "../ap/id.ts";
import { clearMatrix } from "../ap/matrix.ts";
import type { Mdev } from "../machine/mdev.ts";
import { updateGuest } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { isPlugged } from "./plugged.ts";
import type { ShadowRule } from "./shadow-rule.ts";
import { filterV11, isPending, unlinkLost, v11Shadow } from "./shadow-v11.ts";
import { dropLinks } from "./unlink.ts";

/** Rule 2: an adapter of the host, all of whose queues in the shadow's domains are linked. */
function plugAdapter({ state }: Host, { shadow }: Mdev, apid: Apid): boolean {
  if (shadow.apm.has(apid) || !state.info.apm.has(apid)) return false;
  if (!state.linked.row(apid).containsAll(shadow.aqm)) return false;
  shadow.apm.add(apid);
  return true;
}

/** Rule 4: a domain of the host, all of whose queues in the shadow's adapters are linked. */
function plugDomain({ state }: Host, { shadow }: Mdev, apqi: Apqi): boolean {
  if (shadow.aqm.has(apqi) || !state.info.aqm.has(apqi)) return false;
  for (let apid = shadow.apm.next(0); apid !== NONE; apid = shadow.apm.next(apid + 1)) {
    if (!state.linked.row(apid).has(apqi)) return false;
  }
  shadow.aqm.add(apqi);
  return true;
}

export const v12Shadow: ShadowRule = {
  ...v11Shadow,

  adapterAssigned(host, mdev, apid) {
    if (mdev.isAttached && plugAdapter(host, mdev, apid)) updateGuest(host, mdev);
  },

  domainAssigned(host, mdev, apqi) {
    if (mdev.isAttached && plugDomain(host, mdev, apqi)) updateGuest(host, mdev);
  },

  unassignAdapters(host, mdev, adapters) {
    dropLinks(host, adapters, mdev.matrix.aqm);
    if (!mdev.shadow.apm.intersects(adapters)) return;
    mdev.shadow.apm.removeAll(adapters);
    updateGuest(host, mdev);
  },

  unassignDomains(host, mdev, domains) {
    dropLinks(host, mdev.matrix.apm, domains);
    if (!mdev.shadow.aqm.intersects(domains)) return;
    mdev.shadow.aqm.removeAll(domains);
    updateGuest(host, mdev);
  },

  queueBound(host, mdev, apqn) {
    if (!mdev.isAttached || isPending(mdev, apidOf(apqn), apqiOf(apqn))) return;
    const adapter = plugAdapter(host, mdev, apidOf(apqn));
    const domain = plugDomain(host, mdev, apqiOf(apqn));
    if (adapter || domain) updateGuest(host, mdev);
  },

  queueLeaves(host, mdev, apqn) {
    const apid = apidOf(apqn);
    const apqi = apqiOf(apqn);
    if (!host.state.linked.has(apqn) || !isPlugged(mdev.shadow, apid, apqi)) return false;
    mdev.shadow.apm.remove(apid);
    updateGuest(host, mdev);
    return false;
  },

  attached: (host, mdev) => filterV11(host, mdev, "adapter"),

  hostLost(host, mdev, lost) {
    if (!mdev.isAttached) return;
    unlinkLost(host, mdev, lost);
    const { shadow } = mdev;
    if (!shadow.apm.intersects(lost.apm) && !shadow.aqm.intersects(lost.aqm)) return;
    shadow.apm.removeAll(lost.apm);
    shadow.aqm.removeAll(lost.aqm);
    updateGuest(host, mdev);
  },

  scanCompleted(host, mdev) {
    const { matrix, pending } = mdev;
    let changed = false;
    if (mdev.isAttached) {
      for (let apid = matrix.apm.next(0); apid !== NONE; apid = matrix.apm.next(apid + 1)) {
        if (pending.apm.has(apid) && plugAdapter(host, mdev, apid)) changed = true;
      }
      for (let apqi = matrix.aqm.next(0); apqi !== NONE; apqi = matrix.aqm.next(apqi + 1)) {
        if (pending.aqm.has(apqi) && plugDomain(host, mdev, apqi)) changed = true;
      }
    }
    clearMatrix(pending);
    if (changed) updateGuest(host, mdev);
  },
};
