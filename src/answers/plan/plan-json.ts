// The JSON of a plan, for `--format json`.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import type { MdevPrediction, Prediction } from "./prediction.ts";

const names = (queues: readonly Apqn[]): readonly string[] => queues.map(formatApqn);

/** What guests lack in the end. */
export interface LackingJson {
  readonly uuid: string;
  readonly missing: readonly { readonly apqn: string; readonly reason: string }[];
}

export const lackingToJson = ({ uuid, missing }: Pick<MdevPrediction, "uuid" | "missing">): LackingJson => ({
  uuid,
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
  readonly host: { readonly loses: readonly string[] };
}

const mdevToJson = (mdev: MdevPrediction): MdevJson => ({
  uuid: mdev.uuid,
  name: mdev.name ?? null,
  running: mdev.running,
  before: names(mdev.before),
  after: names(mdev.after),
  lost: names(mdev.lost),
  zeroized: names(mdev.zeroized),
  updates: mdev.updates,
  missing: lackingToJson(mdev).missing,
});

export const planToJson = ({ steps, mdevs, hostLoses }: Prediction): PlanJson => ({
  changes: steps.length > 0,
  steps: steps.map(({ path, value }) => ({ path, value })),
  mdevs: mdevs.map(mdevToJson),
  host: { loses: names(hostLoses) },
});
