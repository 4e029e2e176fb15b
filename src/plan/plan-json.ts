// The JSON of a plan, for `--format json`.
import { type Apqn, formatApqn } from "../ap/apqn.ts";
import type { MdevPrediction, Prediction } from "./prediction.ts";

const names = (queues: readonly Apqn[]): readonly string[] => queues.map(formatApqn);

const mdevToJson = ({ missing, ...mdev }: MdevPrediction): Record<string, unknown> => ({
  uuid: mdev.uuid,
  name: mdev.name ?? null,
  running: mdev.running,
  before: names(mdev.before),
  after: names(mdev.after),
  lost: names(mdev.lost),
  zeroized: names(mdev.zeroized),
  updates: mdev.updates,
  missing: missing.map(({ apqn, reason }) => ({ apqn: formatApqn(apqn), reason })),
});

export const planToJson = ({ steps, mdevs, hostLoses }: Prediction): Record<string, unknown> => ({
  changes: steps.length > 0,
  steps: steps.map(({ path, value }) => ({ path, value })),
  mdevs: mdevs.map(mdevToJson),
  host: { loses: names(hostLoses) },
});
