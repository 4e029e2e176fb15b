// The host's configuration changed, and the bus says so before it removes or makes any device: what is gone is unplugged now,
// what came is remembered until the scan is complete. docs/kernel/hotplug.md §13.

import { apqnOf } from "../ap/apqn.ts";
import { OLDEST_TYPE } from "../ap/card-type.ts";
import { NONE } from "../ap/id.ts";
import { isEmptyMatrix, setMatrix, setMatrixDifference } from "../ap/matrix.ts";
import { RC } from "../ap/response-code.ts";
import { testQueue } from "../machine/hardware.ts";
import type { Host } from "./host.ts";
import { shadowRule } from "./shadow-rules.ts";

export function configChanged(host: Host): void {
  const { state } = host;
  const { info, qci } = state;
  const { removed, added } = state.scratch;
  setMatrixDifference(removed, info, qci);
  if (!isEmptyMatrix(removed)) {
    for (let n = 0; n < state.mdevCount; n++) shadowRule(host).hostLost(host, state.mdevAt(n), removed);
  }
  setMatrixDifference(added, qci, info);
  if (!isEmptyMatrix(added)) {
    dropUnfitAdapters(host);
    for (let n = 0; n < state.mdevCount; n++) shadowRule(host).hostGained(host, state.mdevAt(n), added);
  }
  setMatrix(info, qci);
}

/**
 * Added adapters of an old type are not waited for; only added domains are asked, so often nothing is
 * (docs/kernel/faults.md B-25).
 */
function dropUnfitAdapters({ state }: Host): void {
  const { added } = state.scratch;
  for (let apid = added.apm.next(0); apid !== NONE; apid = added.apm.next(apid + 1)) {
    for (let apqi = added.aqm.next(0); apqi !== NONE; apqi = added.aqm.next(apqi + 1)) {
      if (testQueue(state, apqnOf(apid, apqi)) === RC.notAvailable || isTooOld(state.machineType(apid))) {
        added.apm.remove(apid);
        break;
      }
    }
  }
}

const isTooOld = (type: number): boolean => type < OLDEST_TYPE;
