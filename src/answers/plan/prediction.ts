// What a plan does to each guest: what it has before, after and in between, what it loses, what stays missing and why. It is read from
// the rehearsed steps (rehearse.ts). Next: plan-json.ts, plan-text.ts.
import type { Apqn } from "../../system/ap/apqn.ts";
import { copyProduct, hasQueue, noProduct, type Product, queuesOf } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { causeOf, firstObstacle } from "../explain/cause.ts";
import { type AilingQueue, ailing, healthOf } from "../explain/health.ts";
import type { Because, Cause, Reason } from "../explain/reason.ts";
import { isWithHost, queuesWithHost } from "./freed-queues.ts";
import type { Plan } from "./planner.ts";
import { leastMissing, missingCount, viewOf } from "./reach.ts";
import type { Rehearsed, RehearsedStep } from "./rehearse.ts";
import type { Target } from "./targets.ts";

export interface MissingQueue {
  readonly apqn: Apqn;
  readonly reason: Reason;
  readonly because: Because;
}

/** Why an adapter was left out on the way. */
export interface Unavoidable {
  readonly because: Apqn;
  readonly cause: Cause | undefined;
}

export interface MdevPrediction {
  readonly uuid: string;
  readonly name: string | undefined;
  /** The file names it. */
  readonly isNamed: boolean;
  readonly change: "create" | "change" | "remove" | "none";
  readonly running: boolean;
  /** What the guest has, or would get if one ran; ascending. */
  readonly before: readonly Apqn[];
  readonly after: readonly Apqn[];
  /** Queues that it has before and after, but not all the time. */
  readonly lost: readonly Apqn[];
  /** Queues that it had at some time. */
  readonly zeroized: readonly Apqn[];
  readonly updates: number;
  readonly missing: readonly MissingQueue[];
  /** What of `after` is of no use to the guest. */
  readonly ailing: readonly AilingQueue[];
  /** The guest could have more, but only if a running guest lost for a time what it is to keep. */
  readonly isHeldBack: boolean;
  readonly unpluggings: readonly Unavoidable[];
  /** Queues that go out and come back, because their last reset failed and any filter run would take more away. */
  readonly healed: readonly Unavoidable[];
}

export interface Prediction {
  readonly steps: readonly RehearsedStep[];
  /** Mdevs of the file in its order, then others that are removed or lose something. */
  readonly mdevs: readonly MdevPrediction[];
  readonly hostLoses: readonly Apqn[];
  /** Those that come to its own drivers. */
  readonly hostGains: readonly Apqn[];
  /** Of those, the ones that nobody asked to be given back: a bit of a mask is about many queues. */
  readonly alongside: readonly Apqn[];
  /** Queues that no mdev has, and that were to go back to the host and cannot. */
  readonly left: readonly Apqn[];
}

/** @param labels names that people gave to mdevs, by UUID, for those that have no other */
export function predict(rehearsed: Rehearsed, labels: ReadonlyMap<string, string> = new Map()): Prediction {
  const { plan, before, after, steps } = rehearsed;
  const there = new Map(before.state.mdevs.flatMap((mdev) => (mdev.isFree ? [] : [[mdevName(mdev), mdev]])));
  const mdevs = plan.targets.flatMap((target) => {
    const made = predictMdev(rehearsed, target, there.get(target.uuid));
    const prediction = { ...made, name: made.name ?? labels.get(target.uuid) };
    return target.isNamed || target.end === "remove" || suffers(prediction) ? [prediction] : [];
  });
  const hostLoses = queuesWithHost(before).filter((apqn) => !isWithHost(after, apqn));
  const hostGains = after.state.cexBound.queues().filter((apqn) => !before.state.cexBound.has(apqn));
  const { giveBack = [] } = plan;
  const alongside = hostGains.filter((apqn) => giveBack !== "unused" && !giveBack.includes(apqn));
  const isLeft = (apqn: Apqn): boolean => !after.state.cexBound.has(apqn) && !after.state.ownerOf(apqn);
  const left = giveBack === "unused" ? after.state.devices.queues().filter(isLeft) : [];
  return { steps, mdevs, hostLoses, hostGains, alongside, left };
}

/** Queues that a guest has although the filter would not let them through. */
const sickQueues = (host: Host, before: Product): readonly Unavoidable[] =>
  queuesOf(before).flatMap((because) => {
    const cause = host.state.unpassable.has(because) ? firstObstacle(host, because) : undefined;
    return cause ? [{ because, cause }] : [];
  });

/** @param was the mdev before the first step */
function predictMdev(
  { plan, before: start, after: end, tally }: Rehearsed,
  target: Target,
  was: Mdev | undefined,
): MdevPrediction {
  const { uuid, isNamed } = target;
  const running = was?.isAttached === true;
  const index = was?.index ?? -1;
  // An mdev whose removal waits has no name any more, but its guest still runs.
  const mdev = mdevNamed(end, uuid) ?? (running ? end.state.mdevs[index] : undefined);
  const before = was ? copyProduct(viewOf(start, was)) : noProduct();
  const after = mdev ? copyProduct(viewOf(end, mdev)) : noProduct();
  const lost = running ? tally.lostBy(index).filter((apqn) => hasQueue(after, apqn)) : [];
  return {
    uuid,
    name: target.name ?? guestName(end, mdev),
    isNamed,
    change: changeOf(plan, target, was),
    running,
    before: queuesOf(before),
    after: queuesOf(after),
    lost,
    zeroized: running ? tally.zeroizedOf(index) : [],
    updates: running ? tally.updatesOf(index) : 0,
    missing: mdev && target.end === "stay" ? missingQueues(end, mdev, target, after) : [],
    ailing: ailing(queuesOf(after), (apqn) => healthOf(end, apqn)),
    isHeldBack: isHeldBack(end, mdev, target),
    unpluggings: running ? tally.unpluggings.filter((one) => one.mdev === index) : [],
    healed: sickQueues(start, before).filter(({ because }) => lost.includes(because)),
  };
}

function changeOf({ steps }: Plan, { uuid, end }: Target, was: Mdev | undefined): MdevPrediction["change"] {
  if (!was) return "create";
  if (end === "remove") return "remove";
  return steps.some(([path]) => path.includes(uuid)) ? "change" : "none";
}

/** In /sys a guest has no name; a host rebuilt from there gives it the name of its mdev. */
function guestName({ state }: Host, mdev: Mdev | undefined): string | undefined {
  const name = mdev?.guest === undefined ? undefined : state.names.nameOf(mdev.guest);
  return mdev && name === mdevName(mdev) ? undefined : name;
}

function missingQueues(host: Host, mdev: Mdev, target: Target, after: Product): readonly MissingQueue[] {
  return queuesOf(target)
    .filter((apqn) => !hasQueue(after, apqn))
    .map((apqn) => ({ apqn, ...causeOf(host, mdev, apqn) }));
}

const isHeldBack = (host: Host, mdev: Mdev | undefined, target: Target): boolean =>
  target.isNamed && missingCount(host, mdev, target) > leastMissing(host, target);

const suffers = ({ lost, zeroized, before, after, running }: MdevPrediction): boolean =>
  running && (lost.length > 0 || zeroized.length > 0 || before.join() !== after.join());
