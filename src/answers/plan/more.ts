// What guests could have besides, if running guests lost queues for a time: the same plan made once more with leave to take them.
import type { DesiredState } from "../../formats/desired/desired.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { planChanges } from "./planner.ts";
import { type Prediction, predict } from "./prediction.ts";
import { rehearse } from "./rehearse.ts";

interface Part {
  readonly uuid: string;
  readonly name: string | undefined;
  readonly queues: readonly Apqn[];
}

/** Who would have what more, and who would lose what for it; ascending. */
export interface More {
  readonly gains: readonly Part[];
  readonly losers: readonly Part[];
}

/**
 * @param now what the plan does without that
 * @returns undefined: a loss brings no more than there is
 */
export function moreByLoss(host: Host, desired: DesiredState, prune: boolean, now: Prediction): More | undefined {
  if (!now.mdevs.some(({ isHeldBack }) => isHeldBack)) return undefined;
  const made = planChanges(host, desired, prune, "all");
  if (!made.ok) return undefined;
  const then = predict(rehearse(host, made.value)).mdevs;
  const before = new Map(now.mdevs.map((mdev) => [mdev.uuid, mdev]));
  const beyond = (part: "after" | "lost"): readonly Part[] =>
    then.flatMap(({ uuid, name, [part]: all }) => {
      const known = before.get(uuid)?.[part] ?? [];
      const queues = all.filter((apqn) => !known.includes(apqn));
      return queues.length > 0 ? [{ uuid, name, queues }] : [];
    });
  const [gains, losers] = [beyond("after"), beyond("lost")];
  return gains.length > 0 && losers.length > 0 ? { gains, losers } : undefined;
}
