// What a plan takes from running guests: whom it leaves with fewer queues, or without some for a time. What a guest loses is zeroized, so
// nobody does that without a yes (../../cli/loss-consent.ts).
import { shortened } from "../../system/ap/quoted.ts";
import { type Allowance, mayLose } from "./allowance.ts";
import type { MdevPrediction, Prediction } from "./prediction.ts";

/** A running guest that loses queues; the numbers are of queues. */
export interface GuestLoss {
  readonly uuid: string;
  readonly name: string | undefined;
  readonly before: number;
  /** In the end: none once its mdev is removed. */
  readonly after: number;
  /** Taken for good. Others may have come instead. */
  readonly gone: number;
  /** Taken for a time. */
  readonly lost: number;
}

export function lossesOf({ mdevs }: Pick<Prediction, "mdevs">): readonly GuestLoss[] {
  return mdevs.flatMap((mdev) => {
    const { uuid, name, before, change, lost, running } = mdev;
    // The guest of an mdev that is removed is asked to give it back, whatever it has until then.
    const after = change === "remove" ? [] : mdev.after;
    const gone = before.filter((apqn) => !after.includes(apqn)).length;
    if (!running || gone + lost.length === 0) return [];
    return [{ uuid, name, before: before.length, after: after.length, gone, lost: lost.length }];
  });
}

/** Those that nobody has said yes to. */
export const notAllowed = (losses: readonly GuestLoss[], allowed: Allowance): readonly GuestLoss[] =>
  losses.filter(({ uuid }) => !mayLose(allowed, uuid));

export const lossName = ({ uuid, name }: Pick<MdevPrediction, "uuid" | "name">): string => shortened(name ?? uuid);

/** Such as `pay 2 -> 0`. */
export function lossText(loss: GuestLoss): string {
  const { before, after, gone, lost } = loss;
  const more = [
    ...(gone > Math.max(0, before - after) ? [`${gone} of them taken for good`] : []),
    ...(lost > 0 ? [`${lost} of them lost for a time`] : []),
  ];
  return [`${lossName(loss)} ${before} -> ${after}`, ...more].join(", ");
}

/** The option that says yes to these. */
export const allowLossWords = (losses: readonly Pick<GuestLoss, "uuid" | "name">[]): string =>
  `--allow-loss ${losses.map((loss) => (PLAIN.test(lossName(loss)) ? lossName(loss) : loss.uuid)).join(" ")}`;

/** A shell takes it as one word. */
const PLAIN = /^[A-Za-z0-9][\w.:-]*$/;

/** What `apmatrix plan --format json` prints of one, and what stands in the file of a plan. */
export interface LossJson {
  readonly uuid: string;
  readonly name: string | null;
  readonly before: number;
  readonly after: number;
  readonly gone: number;
  readonly lost: number;
}

export const lossToJson = ({ name, ...loss }: GuestLoss): LossJson => ({ ...loss, name: name ?? null });
