// Unassigning: which queues leave the mdev's table, which of them the guest had (and have to be reset), and which keep pointing
// back to the mdev although they left it.
import { apqnOf } from "../ap/apqn.ts";
import { type Apid, NONE } from "../ap/id.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";
import { leaveStale } from "./links.ts";
import { resetRow } from "./reset.ts";

/** Unlink adapters times domains of this mdev; those that were plugged are left in `scratch.resetRows`. */
export function unlink(host: Host, mdev: Mdev, adapters: Apm, domains: Aqm): void {
  for (let apid = adapters.next(0); apid !== NONE; apid = adapters.next(apid + 1)) unlinkRow(host, mdev, apid, domains);
}

function unlinkRow({ state }: Host, mdev: Mdev, apid: Apid, domains: Aqm): void {
  const { unlinkRow: row, resetRows } = state.scratch;
  const plugged = resetRows.row(apid);
  row.setIntersection(state.linked.row(apid), domains);
  state.linked.row(apid).removeAll(row);
  if (mdev.shadow.apm.has(apid)) plugged.setIntersection(row, mdev.shadow.aqm);
  else plugged.clear();
  row.removeAll(plugged);
  for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) leaveStale(state, apqnOf(apid, apqi), mdev);
}

/** Reset what unlink has left; the guest has lost access before. Their pointers back go with it. */
export function resetUnlinked(host: Host, adapters: Apm): void {
  for (let apid = adapters.next(0); apid !== NONE; apid = adapters.next(apid + 1)) {
    resetRow(host, apid, host.state.scratch.resetRows.row(apid));
  }
}

/** The kernels before 6.0 and the v11 patches drop a link with both its ends and reset nothing. */
export function dropLinks({ state }: Host, adapters: Apm, domains: Aqm): void {
  for (let apid = adapters.next(0); apid !== NONE; apid = adapters.next(apid + 1)) {
    state.linked.row(apid).removeAll(domains);
  }
}
