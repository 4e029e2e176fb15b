// The thread in which a target is fuzzed. Whoever watches it sees how far it is, and the input that it is at.
import { parentPort, workerData } from "node:worker_threads";
import { fuzz } from "./run.ts";
import { TARGETS } from "./targets.ts";

/** Of the numbers that are shared: how many inputs were begun, and where the last one is from. */
export const [BEGUN, SEED, RUN, NUMBERS] = [0, 1, 2, 3] as const;

export interface Start {
  /** Place in the list of targets. */
  readonly target: number;
  readonly inputs: number;
  readonly seed: number;
  readonly progress: SharedArrayBuffer;
}

const start = workerData as Start | null;
const target = start ? TARGETS[start.target] : undefined;
if (start && target) {
  const progress = new Int32Array(start.progress);
  const figures = await fuzz(target, start.inputs, start.seed, ({ seed, run }) => {
    progress[SEED] = seed;
    progress[RUN] = run;
    Atomics.add(progress, BEGUN, 1);
  });
  target.end?.();
  parentPort?.postMessage(figures);
}
