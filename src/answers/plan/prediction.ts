// What a plan does, step by step: the answers of the writes, what every guest has before, after and in between, what it loses, what
// stays missing and why. Worked out by carrying the steps out on a copy. Next: plan-json.ts, plan-text.ts, plan-trace.ts.
import type { Apqn } from "../../system/ap/apqn.ts";
import { copyProduct, hasQueue, noProduct, type Product, queuesOf } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { causeOf, firstObstacle } from "../explain/cause.ts";
import type { Because, Cause, Reason } from "../explain/reason.ts";
import { isWithHost } from "./freed-queues.ts";
import type { Plan } from "./planner.ts";
import { leastMissing, missingCount, viewOf } from "./reach.ts";
import { Rehearsal } from "./rehearsal.ts";
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
  /** What the guest has, or without one would get; ascending. */
  readonly before: readonly Apqn[];
  readonly after: readonly Apqn[];
  /** At any time, of those that it has before and after. */
  readonly lost: readonly Apqn[];
  /** Of those that it had at some time. */
  readonly zeroized: readonly Apqn[];
  readonly updates: number;
  readonly missing: readonly MissingQueue[];
  /** More could be had, but only by taking from a running guest for a time what it is to keep. */
  readonly isHeldBack: boolean;
  readonly unpluggings: readonly Unavoidable[];
  /** Queues that go out and come back, because their last reset failed and any filter run would take more. */
  readonly healed: readonly Unavoidable[];
}

/** What a guest has after a step that changed it. */
export interface GuestState {
  readonly uuid: string;
  readonly queues: readonly Apqn[];
}

export interface PredictedStep {
  readonly path: string;
  readonly value: string;
  /** A count of bytes, the name of an error, or "blocked" where it waits for a guest. */
  readonly answer: number | string;
  readonly guests: readonly GuestState[];
}

export interface Prediction {
  readonly steps: readonly PredictedStep[];
  /** Those of the file in its order, then others that are removed or suffer. */
  readonly mdevs: readonly MdevPrediction[];
  readonly hostLoses: readonly Apqn[];
}

export function predict(host: Host, { targets, steps }: Plan): Prediction {
  const rehearsal = new Rehearsal(host, targets);
  const { state } = rehearsal.host;
  const ofHost = existingQueues(host).filter((apqn) => isWithHost(host, apqn));
  const watched = Array.from({ length: state.mdevCount }, (_, n) => {
    const mdev = state.mdevAt(n);
    const before = copyProduct(viewOf(rehearsal.host, mdev));
    return { mdev, uuid: mdevName(mdev), running: mdev.isAttached, before, sick: sickQueues(rehearsal.host, before) };
  });
  const predicted = steps.map((write) => predictStep(rehearsal, write));
  const mdevs = targets.flatMap((target) => {
    const was = watched.find(({ uuid }) => uuid === target.uuid);
    const prediction = predictMdev(rehearsal, target, was);
    return target.isNamed || target.end === "remove" || suffers(prediction) ? [prediction] : [];
  });
  return { steps: predicted, mdevs, hostLoses: ofHost.filter((apqn) => !isWithHost(rehearsal.host, apqn)) };
}

const existingQueues = ({ state }: Host): readonly Apqn[] =>
  state.cards.ids().flatMap((apid) => queuesOf({ apm: onlyOne(apid), aqm: state.devices.row(apid) }));

function onlyOne(apid: Parameters<Product["apm"]["add"]>[0]): Product["apm"] {
  const { apm } = noProduct();
  apm.add(apid);
  return apm;
}

function predictStep(rehearsal: Rehearsal, write: Write): PredictedStep {
  const { state } = rehearsal.host;
  const before = guestWords(state);
  const result = rehearsal.try(write);
  const changed: GuestState[] = [];
  for (const [index, words] of guestWords(state)) {
    const was = before.get(index);
    if (was && sameState(was, words)) continue;
    const mdev = state.mdevs[index] as Mdev;
    changed.push({ uuid: mdevName(mdev), queues: queuesOf(mdev.guestMasks) });
  }
  return { path: write[0], value: write[1], answer: answerOf(result), guests: changed };
}

/** Adapters and domains of every running guest, by its mdev's place. */
function guestWords(state: Host["state"]): ReadonlyMap<number, Uint32Array> {
  const masks = new Map<number, Uint32Array>();
  for (let n = 0; n < state.mdevCount; n++) {
    const { guestMasks, isAttached, index } = state.mdevAt(n);
    if (isAttached) masks.set(index, state.words.slice(guestMasks.apm.at, guestMasks.adm.at));
  }
  return masks;
}

type Tried = ReturnType<Rehearsal["try"]>;
const answerOf = (result: Tried): number | string => {
  if (!result.ok) return result.errno;
  return result.value.outcome === "waits" ? "blocked" : result.value.bytes;
};

interface Was {
  readonly mdev: Mdev;
  readonly running: boolean;
  readonly before: Product;
  readonly sick: readonly Unavoidable[];
}

/** Queues that a guest has though the filter would not let them through. */
const sickQueues = (host: Host, before: Product): readonly Unavoidable[] =>
  queuesOf(before).flatMap((because) => {
    const cause = host.state.unpassable.has(because) ? firstObstacle(host, because) : undefined;
    return cause ? [{ because, cause }] : [];
  });

function predictMdev(rehearsal: Rehearsal, target: Target, was: Was | undefined): MdevPrediction {
  const { host, tally } = rehearsal;
  // One whose removal waits cannot be reached by its name any more, but its guest still runs.
  const mdev = rehearsal.mdev(target.uuid) ?? (was?.running ? was.mdev : undefined);
  const after = mdev ? copyProduct(viewOf(host, mdev)) : noProduct();
  const before = was?.before ?? noProduct();
  const running = was?.running === true;
  const index = was?.mdev.index ?? -1;
  const lost = running ? tally.lostBy(index).filter((apqn) => hasQueue(after, apqn)) : [];
  return {
    uuid: target.uuid,
    name: target.name ?? guestName(host, mdev),
    isNamed: target.isNamed,
    change: !was
      ? "create"
      : target.end === "remove"
        ? "remove"
        : rehearsal.steps.some(([path]) => path.includes(target.uuid))
          ? "change"
          : "none",
    running,
    before: queuesOf(before),
    after: queuesOf(after),
    lost,
    zeroized: running ? tally.zeroizedOf(index) : [],
    updates: running ? tally.updatesOf(index) : 0,
    missing: mdev && target.end === "stay" ? missingQueues(host, mdev, target, after) : [],
    isHeldBack: isHeldBack(host, mdev, target),
    unpluggings: running ? tally.unpluggings.filter((one) => one.mdev === index) : [],
    healed: was?.sick.filter(({ because }) => lost.includes(because)) ?? [],
  };
}

/** In /sys a guest has no name, and a host rebuilt from there gives it that of its mdev. */
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
