// Kernels from 6.0 on: the shadow is kept up to date whether or not a guest runs, always filtered by adapter.
// docs/kernel/hotplug.md §4, §5, §6, §7, §8, §13, §14.

import { apidOf, apqiOf } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import { clearMatrix } from "../ap/matrix.ts";
import { tell } from "../bus/ap-bus.ts";
import type { Mdev } from "../machine/mdev.ts";
import { filterControlDomains, filterMatrix, refilter, resetAdapter, resetFiltered } from "./filter.ts";
import { updateGuest } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { isPlugged } from "./plugged.ts";
import { resetOne } from "./reset.ts";
import type { ShadowRule } from "./shadow-rule.ts";
import { resetUnlinked, unlink } from "./unlink.ts";

export const keptShadow: ShadowRule = {
  adapterAssigned(host, mdev, apid) {
    const { oneApid } = host.state.scratch;
    oneApid.clear();
    oneApid.add(apid);
    const looksAt = host.profile.assignmentFilters === "all" ? mdev.matrix.apm : oneApid;
    refilter(host, mdev, looksAt, mdev.matrix.aqm);
  },

  domainAssigned(host, mdev, apqi) {
    const { oneApqi } = host.state.scratch;
    oneApqi.clear();
    oneApqi.add(apqi);
    const looksAt = host.profile.assignmentFilters === "all" ? mdev.matrix.aqm : oneApqi;
    refilter(host, mdev, mdev.matrix.apm, looksAt);
  },

  controlDomainAssigned(host, mdev) {
    if (filterControlDomains(host, mdev)) updateGuest(host, mdev);
  },

  controlDomainUnassigned(host, mdev, domain) {
    if (!mdev.shadow.adm.has(domain)) return;
    mdev.shadow.adm.remove(domain);
    updateGuest(host, mdev);
  },

  // Nothing is filtered here: what was held back because of a domain that goes now does not come back
  // (docs/kernel/faults.md B-3).
  unassignAdapters(host, mdev, adapters) {
    unlink(host, mdev, adapters, mdev.matrix.aqm);
    if (mdev.shadow.apm.intersects(adapters)) {
      mdev.shadow.apm.removeAll(adapters);
      updateGuest(host, mdev);
    }
    resetUnlinked(host, adapters);
  },

  unassignDomains(host, mdev, domains) {
    unlink(host, mdev, mdev.matrix.apm, domains);
    if (mdev.shadow.aqm.intersects(domains)) {
      mdev.shadow.aqm.removeAll(domains);
      updateGuest(host, mdev);
    }
    resetUnlinked(host, mdev.matrix.apm);
  },

  queueBound(host, mdev) {
    const { pending } = mdev;
    if (host.profile.defersProbe && (!pending.apm.isEmpty() || !pending.aqm.isEmpty())) return;
    refilter(host, mdev, mdev.matrix.apm, mdev.matrix.aqm);
  },

  queueLeaves(host, mdev, apqn) {
    const apid = apidOf(apqn);
    const unplugs =
      host.profile.removalUnplugs === "apm" ? mdev.shadow.apm.has(apid) : isPlugged(mdev.shadow, apid, apqiOf(apqn));
    if (!unplugs) return false;
    mdev.shadow.apm.remove(apid);
    if (host.observer) tell(host, { kind: "adapter-filtered", mdev: mdev.index, because: apqn });
    updateGuest(host, mdev);
    if (host.profile.removalResets === "adapter") resetAdapter(host, mdev, apid);
    else resetOne(host, apqn, true);
    return true;
  },

  attached: updateGuest,

  detached() {},

  hostLost(host, mdev, lost) {
    const { shadow, matrix } = mdev;
    let changed = false;
    if (shadow.apm.intersects(lost.apm)) {
      shadow.apm.removeAll(lost.apm);
      changed = true;
    }
    if (shadow.aqm.intersects(lost.aqm)) {
      shadow.aqm.removeAll(lost.aqm);
      changed = true;
    }
    if (shadow.adm.intersects(lost.adm)) {
      const { oldAdm } = host.state.scratch;
      oldAdm.copy(shadow.adm);
      shadow.adm.removeAll(lost.adm);
      // A wrong set operation took away only those that nobody had assigned, which are not in the shadow anyway.
      if (host.profile.controlDomainRemoval === "kept") {
        oldAdm.retainAll(matrix.adm);
        shadow.adm.addAll(oldAdm);
      } else {
        changed = true;
      }
    }
    if (changed) updateGuest(host, mdev);
  },

  hostGained(_host, mdev, gained) {
    mdev.pending.apm.setIntersection(mdev.matrix.apm, gained.apm);
    mdev.pending.aqm.setIntersection(mdev.matrix.aqm, gained.aqm);
    mdev.pending.adm.setIntersection(mdev.matrix.adm, gained.adm);
  },

  scanCompleted,
};

/** Host additions take effect at once, in one update; an mdev without any is not looked at. */
function scanCompleted(host: Host, mdev: Mdev): void {
  const { matrix, pending, shadow } = mdev;
  const queues = matrix.apm.firstCommon(pending.apm) !== NONE || matrix.aqm.firstCommon(pending.aqm) !== NONE;
  const looksAtAll = host.profile.additionFilters === "all";
  // If only one half grew, the 6.0 kernels looked at it together with all of the other half.
  const newApm = pending.apm.isEmpty() ? shadow.apm : pending.apm;
  const newAqm = pending.aqm.isEmpty() ? shadow.aqm : pending.aqm;
  const filtered =
    queues && filterMatrix(host, mdev, looksAtAll ? matrix.apm : newApm, looksAtAll ? matrix.aqm : newAqm);
  const control = matrix.adm.intersects(pending.adm) && filterControlDomains(host, mdev);
  if (filtered || control) updateGuest(host, mdev);
  if (filtered) resetFiltered(host, mdev);
  else if (!queues && !pending.adm.isEmpty() && !host.profile.clearsFiltered) resetLeftovers(host, mdev);
  clearMatrix(pending);
}

/** No filter has run, so the set of filtered adapters holds what the stack held: at worst every adapter of the mdev. */
function resetLeftovers(host: Host, mdev: Mdev): void {
  host.state.scratch.filtered.copy(mdev.matrix.apm);
  resetFiltered(host, mdev);
}
