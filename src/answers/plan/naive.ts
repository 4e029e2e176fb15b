// What would happen without a plan: the same numbers assigned and unassigned as they stand in the file, no queue bound before. It is
// only reported.
import type { Apqn } from "../../system/ap/apqn.ts";
import { isPreparation } from "../../system/sysfs/written-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { bitWrites } from "./matrix-ways.ts";
import type { Plan } from "./planner.ts";
import { Rehearsal } from "./rehearsal.ts";

export interface NaiveLoss {
  readonly uuid: string;
  readonly lost: readonly Apqn[];
  readonly zeroized: readonly Apqn[];
}

/** Running guests that would lose what they are to keep. Refused writes are skipped, as in a script that goes on. */
export function naiveLosses(host: Host, { targets, steps }: Plan): readonly NaiveLoss[] {
  const rehearsal = new Rehearsal(host, targets);
  rehearsal.write(steps.filter(isPreparation));
  for (const target of targets) {
    const mdev = target.isNamed ? rehearsal.mdev(target.uuid) : undefined;
    for (const write of mdev ? bitWrites(rehearsal.host, mdev, target) : []) rehearsal.try(write);
  }
  return targets.flatMap(({ uuid }) => {
    const mdev = rehearsal.mdev(uuid);
    const lost = mdev?.isAttached ? rehearsal.tally.lostBy(mdev.index) : [];
    return mdev && lost.length > 0 ? [{ uuid, lost, zeroized: rehearsal.tally.zeroizedOf(mdev.index) }] : [];
  });
}
