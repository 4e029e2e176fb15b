// The JSON of a plan, for `--format json`.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { type AilingJson, ailingToJson } from "../explain/health.ts";
import { type GuestLoss, type LossJson, lossesOf, lossToJson } from "./losses.ts";
import type { More } from "./more.ts";
import type { MdevPrediction, Prediction } from "./prediction.ts";

const names = (queues: readonly Apqn[]): readonly string[] => queues.map(formatApqn);

/** What guests lack in the end. */
export interface LackingJson {
  readonly uuid: string;
  /** Queues that the guest has, or would get, and cannot use, each with what is wrong with it; left out if there are none. */
  readonly health?: readonly AilingJson[];
  readonly missing: readonly { readonly apqn: string; readonly reason: string }[];
}

export const lackingToJson = ({
  uuid,
  missing,
  ailing,
}: Pick<MdevPrediction, "uuid" | "missing" | "ailing">): LackingJson => ({
  uuid,
  ...(ailing.length > 0 && { health: ailingToJson(ailing) }),
  missing: missing.map(({ apqn, reason }) => ({ apqn: formatApqn(apqn), reason })),
});

/** What happens to an mdev, and to the guest that has it. Queues are written 04.0047, in ascending order. */
export interface MdevJson extends LackingJson {
  readonly name: string | null;
  readonly running: boolean;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Queues that it has before and after, but not all the time. */
  readonly lost: readonly string[];
  /** Queues that it had at some time. */
  readonly zeroized: readonly string[];
  /** How often the guest gets other masks. */
  readonly updates: number;
}

export interface PlanJson {
  readonly changes: boolean;
  /** The writes, in order: what to write to which path below /sys. */
  readonly steps: readonly { readonly path: string; readonly value: string }[];
  readonly mdevs: readonly MdevJson[];
  readonly host: {
    readonly loses: readonly string[];
    /** What its drivers get, and what of that nobody asked for; left out if that is nothing. */
    readonly gains?: readonly string[];
    readonly alongside?: readonly string[];
    /** What no mdev has and cannot go back (`give_back: unused`); left out if that is nothing. */
    readonly left?: readonly string[];
  };
  /** Running guests that lose queues, for good or for a time, in numbers: apply wants a yes for each. Left out if there are none. */
  readonly losses?: readonly LossJson[];
  /** What more could be had if running guests lost queues for a time; left out if that is nothing. */
  readonly more_by_loss?: { readonly gains: readonly PartJson[]; readonly losers: readonly PartJson[] };
}

/** Queues of one mdev. */
interface PartJson {
  readonly uuid: string;
  readonly name: string | null;
  readonly queues: readonly string[];
}

const mdevToJson = (mdev: MdevPrediction): MdevJson => ({
  ...lackingToJson(mdev),
  name: mdev.name ?? null,
  running: mdev.running,
  before: names(mdev.before),
  after: names(mdev.after),
  lost: names(mdev.lost),
  zeroized: names(mdev.zeroized),
  updates: mdev.updates,
});

const partsToJson = (parts: More["gains"]): readonly PartJson[] =>
  parts.map(({ uuid, name, queues }) => ({ uuid, name: name ?? null, queues: names(queues) }));

const lossesToJson = (losses: readonly GuestLoss[]): Pick<PlanJson, "losses"> =>
  losses.length === 0 ? {} : { losses: losses.map(lossToJson) };

export const planToJson = (
  { steps, mdevs, hostLoses, hostGains, alongside, left }: Prediction,
  more?: More,
): PlanJson => ({
  changes: steps.length > 0,
  steps: steps.map(({ path, value }) => ({ path, value })),
  mdevs: mdevs.map(mdevToJson),
  host: {
    loses: names(hostLoses),
    ...(hostGains.length > 0 && { gains: names(hostGains), alongside: names(alongside) }),
    ...(left.length > 0 && { left: names(left) }),
  },
  ...lossesToJson(lossesOf({ mdevs })),
  ...(more && { more_by_loss: { gains: partsToJson(more.gains), losers: partsToJson(more.losers) } }),
});
