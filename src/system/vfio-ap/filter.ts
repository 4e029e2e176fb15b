// The filter of the kernels that keep a shadow APCB at all times (6.0 and later): from what is assigned to what a guest may
// really have. A single missing queue takes its whole adapter away, because the architecture cannot withhold one queue.
// docs/kernel/hotplug.md §3, docs/kernel/versions.md §2.

import { apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, NONE, type None } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import { tell } from "../bus/ap-bus.ts";
import type { HostState } from "../machine/host-state.ts";
import type { Mdev } from "../machine/mdev.ts";
import { updateGuest } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { resetRow } from "./reset.ts";

/** A queue in the way of its adapter: not linked, or unpassable since its last reset. NONE if all these domains are fine. */
function firstMissing(state: HostState, apid: Apid, domains: Aqm): Apqi | None {
  const linked = state.linked.row(apid);
  const unpassable = state.unpassable.row(apid);
  if (linked.containsAll(domains) && !unpassable.intersects(domains)) return NONE;
  let apqi = domains.next(0);
  while (apqi !== NONE && linked.has(apqi) && !unpassable.has(apqi)) apqi = domains.next(apqi + 1);
  return apqi;
}

/**
 * Work out the shadow's adapters and domains again. Adapters that were in and are filtered out now are left in
 * `scratch.filtered` for resetFiltered.
 *
 * @param apm and aqm: what is looked at; the 6.0 kernels looked only at what was new
 * @returns whether the shadow changed
 */
export function filterMatrix(host: Host, mdev: Mdev, apm: Apm, aqm: Aqm): boolean {
  const { state } = host;
  const { filtered, oldApm, lookedApm: adapters, lookedAqm: domains } = state.scratch;
  const { matrix, shadow } = mdev;
  oldApm.copy(shadow.apm);
  filtered.clear();
  shadow.apm.setIntersection(matrix.apm, state.info.apm);
  const domainsChanged = shadow.aqm.setIntersection(matrix.aqm, state.info.aqm);
  adapters.copy(apm);
  domains.copy(aqm);
  if (host.profile.filterLooksAt === "host") {
    adapters.retainAll(shadow.apm);
    domains.retainAll(shadow.aqm);
  }
  for (let apid = adapters.next(0); apid !== NONE; apid = adapters.next(apid + 1)) {
    const missing = firstMissing(state, apid, domains);
    if (missing === NONE) continue;
    shadow.apm.remove(apid);
    if (!oldApm.has(apid)) continue;
    filtered.add(apid);
    if (host.observer) tell(host, { kind: "adapter-filtered", mdev: mdev.index, because: apqnOf(apid, missing) });
  }
  return domainsChanged || !oldApm.equals(shadow.apm);
}

/** The guest lost these adapters: their queues must not carry its keys on. Only what is still in the shadow's domains. */
export function resetFiltered(host: Host, mdev: Mdev): void {
  if (!host.profile.resetsFiltered) return;
  const { filtered } = host.state.scratch;
  for (let apid = filtered.next(0); apid !== NONE; apid = filtered.next(apid + 1)) resetAdapter(host, mdev, apid);
}

/** Reset the linked queues of one adapter in the shadow's domains. */
export function resetAdapter(host: Host, mdev: Mdev, apid: Apid): void {
  const { resetRow: row } = host.state.scratch;
  row.setIntersection(host.state.linked.row(apid), mdev.shadow.aqm);
  resetRow(host, apid, row);
}

/** Filter, and if that changed anything let the guest have it and reset what it lost. */
export function refilter(host: Host, mdev: Mdev, apm: Apm, aqm: Aqm): void {
  if (!filterMatrix(host, mdev, apm, aqm)) return;
  updateGuest(host, mdev);
  resetFiltered(host, mdev);
}

/** Control domains need no queue: those of the host are the guest's. */
export const filterControlDomains = (host: Host, mdev: Mdev): boolean =>
  mdev.shadow.adm.setIntersection(mdev.matrix.adm, host.state.info.adm);
