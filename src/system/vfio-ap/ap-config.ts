// ap_config: all three masks at once, all or nothing for the administrator, but up to three steps for the guest
// (docs/kernel/faults.md B-24). Only the kernels with a permanent shadow have it. docs/kernel/device.md §5.2,
// docs/kernel/hotplug.md §9.

import { NONE } from "../ap/id.ts";
import { type Matrix, setMatrix } from "../ap/matrix.ts";
import { DONE, type Result } from "../ap/result.ts";
import type { Mdev } from "../machine/mdev.ts";
import { tooLarge } from "./assign.ts";
import { checkAssignable } from "./assignable.ts";
import { filterControlDomains, filterMatrix, resetFiltered } from "./filter.ts";
import { updateGuest } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { linkRow } from "./links.ts";
import { shadowRule } from "./shadow-rules.ts";

/**
 * Replace the matrix. It is filtered again even if nothing changes.
 *
 * @returns EADDRNOTAVAIL, EADDRINUSE: checkAssignable; only then ENODEV: a bit above the maximum (docs/kernel/faults.md B-23)
 */
export function writeApConfig(host: Host, mdev: Mdev, to: Matrix): Result<void> {
  const { state } = host;
  const { matrix } = mdev;
  const { facts } = state;
  const assignable = checkAssignable(host, mdev, to.apm, to.aqm);
  if (!assignable.ok) return assignable;
  if (to.apm.next(facts.maxAdapter + 1) !== NONE) return tooLarge(facts.maxAdapter);
  if (to.aqm.next(facts.maxDomain + 1) !== NONE || to.adm.next(facts.maxDomain + 1) !== NONE) {
    return tooLarge(facts.maxDomain);
  }
  // First, with the old matrix in place, everything that goes; adapters and domains each in one batch.
  const { removed } = state.scratch;
  removed.apm.copy(matrix.apm);
  removed.apm.removeAll(to.apm);
  if (!removed.apm.isEmpty()) shadowRule(host).unassignAdapters(host, mdev, removed.apm);
  removed.aqm.copy(matrix.aqm);
  removed.aqm.removeAll(to.aqm);
  if (!removed.aqm.isEmpty()) shadowRule(host).unassignDomains(host, mdev, removed.aqm);
  setMatrix(matrix, to);
  for (let apid = matrix.apm.next(0); apid !== NONE; apid = matrix.apm.next(apid + 1)) {
    linkRow(host, apid, matrix.aqm);
  }
  const queues = filterMatrix(host, mdev, matrix.apm, matrix.aqm);
  const control = filterControlDomains(host, mdev);
  if (queues || control) updateGuest(host, mdev);
  resetFiltered(host, mdev);
  return DONE;
}
