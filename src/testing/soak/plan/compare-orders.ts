// A plan for a small host against every other order of writes (all-orders.ts): what running guests keep and lose, and whether somebody
// could have done better.

import { planLines } from "../../../answers/plan/plan-text.ts";
import { type Plan, planChanges } from "../../../answers/plan/planner.ts";
import { predict } from "../../../answers/plan/prediction.ts";
import { rehearse } from "../../../answers/plan/rehearse.ts";
import type { DesiredState } from "../../../formats/desired/desired.ts";
import { mdevNamed } from "../../../system/sysfs/mdev-names.ts";
import { isPreparation } from "../../../system/sysfs/written-file.ts";
import { Player } from "../../../system/trace/player.ts";
import type { Host } from "../../../system/vfio-ap/host.ts";
import { betterOrder, hadQueues, hasQueueNow, keptQueues, type SmallHost, type Wish } from "./all-orders.ts";

export interface Comparison {
  /** Queues that running guests have and are to keep, and those of them that they lose on the way. */
  readonly kept: number;
  readonly lost: number;
  /** Another order, and the plan, for people; undefined if none is better. */
  readonly better: string | undefined;
  /** Every order was tried. */
  readonly isComplete: boolean;
}

type Step = readonly [path: string, value: string];

const write = (player: Player, [path, value]: Step) => player.apply({ op: "write", path, value }, 1);

/** @returns undefined if nothing can be planned */
export function compareOrders(host: Host, desired: DesiredState, smallHost: SmallHost): Comparison | undefined {
  const made = planChanges(host, desired, false);
  if (!made.ok) return undefined;
  const plan = made.value;
  const wishes = plan.targets.map(
    ({ uuid, apm, aqm, isNamed }): Wish => ({ uuid, apm: apm.ids(), aqm: aqm.ids(), isNamed }),
  );
  const player = new Player(host.profile, undefined, host);
  const kept = keptQueues(player.host, wishes, smallHost);
  const lost = new Set<number>();
  for (const step of plan.steps) {
    write(player, step);
    for (const [i, [mdev, apqn]] of kept.entries()) if (!hasQueueNow(mdev, apqn)) lost.add(i);
  }
  const came = { lost: lost.size, had: hadQueues(player.host, wishes, smallHost) };
  const start = prepared(host, plan);
  const there = wishes.filter(({ uuid }) => mdevNamed(start, uuid));
  const found = betterOrder(start, there, came, smallHost);
  const better =
    found.better &&
    [
      `${JSON.stringify(came)} could be ${JSON.stringify(found.better)}`,
      ...planLines(predict(rehearse(host, plan))),
    ].join("\n");
  return { kept: kept.length, lost: lost.size, better, isComplete: found.isComplete };
}

/** Where the search begins: queues are freed and mdevs are there, which no running guest notices. */
function prepared(host: Host, { steps }: Plan): Host {
  const player = new Player(host.profile, undefined, host);
  for (const step of steps.filter(isPreparation)) if (!step[0].endsWith("/remove")) write(player, step);
  return player.host;
}
