// Why a guest has the queues it has, and what to write so that it has those it lacks.
import { type Apqn, apqnOf, formatApqn } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import { formatResponseCode } from "../ap/response-code.ts";
import type { Mdev } from "../machine/mdev.ts";
import { mdevName } from "../sysfs/mdev-names.ts";
import type { Host } from "../vfio-ap/host.ts";
import { causeOf } from "./cause.ts";
import { fixFor } from "./fix.ts";
import type { Because, Reason, Write } from "./reason.ts";
import { WhatIf } from "./what-if.ts";

export interface Explanation {
  readonly apqn: Apqn;
  readonly plugged: boolean;
  readonly reason: Reason;
  readonly because: Because;
  /** Writes after which the guest has it, or will have it once it runs; undefined if none help. */
  readonly fix: readonly Write[] | undefined;
}

/** @param asked queues to explain; undefined: all that are assigned, ascending */
export function explain(host: Host, mdev: Mdev, asked?: readonly Apqn[]): readonly Explanation[] {
  const queues = asked ?? assignedQueues(mdev);
  let whatIf: WhatIf | undefined;
  return queues.map((apqn) => {
    const { reason, because } = causeOf(host, mdev, apqn);
    if (reason === "plugged") return { apqn, plugged: true, reason, because: {}, fix: undefined };
    whatIf ??= new WhatIf(host);
    return { apqn, plugged: false, reason, because, fix: fixFor(whatIf, mdevName(mdev), apqn) };
  });
}

function assignedQueues({ matrix }: Mdev): readonly Apqn[] {
  const queues: Apqn[] = [];
  for (let apid = matrix.apm.next(0); apid !== NONE; apid = matrix.apm.next(apid + 1)) {
    for (let apqi = matrix.aqm.next(0); apqi !== NONE; apqi = matrix.aqm.next(apqi + 1))
      queues.push(apqnOf(apid, apqi));
  }
  return queues;
}

/** The JSON that `apmatrix explain --format json` prints for one queue. */
export function explanationToJson({ apqn, plugged, reason, because, fix }: Explanation): Record<string, unknown> {
  const json: Record<string, unknown> = { apqn: formatApqn(apqn), plugged, reason };
  const details: Record<string, unknown> = {
    ...(because.apqn !== undefined && { apqn: formatApqn(because.apqn) }),
    ...(because.reason !== undefined && { reason: because.reason }),
    ...(because.mdev !== undefined && { mdev: because.mdev }),
    ...(because.driver !== undefined && { driver: because.driver }),
    ...(because.mask !== undefined && { mask: because.mask }),
    ...(because.rc !== undefined && { rc: formatResponseCode(because.rc) }),
  };
  if (Object.keys(details).length > 0) json.because = details;
  if (!plugged) json.fix = fix ?? null;
  return json;
}
