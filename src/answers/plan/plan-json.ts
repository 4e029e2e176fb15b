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

const mdevToJson = (mdev: MdevPrediction): Record<string, unknown> => ({
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

export const planToJson = ({ steps, mdevs, hostLoses }: Prediction): Record<string, unknown> => ({
  changes: steps.length > 0,
  steps: steps.map(({ path, value }) => ({ path, value })),
  mdevs: mdevs.map(mdevToJson),
  host: { loses: names(hostLoses) },
});
