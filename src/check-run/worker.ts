// The thread of one worker: opens the model for itself, explores with the others, reports. Started by run-workers.ts.
import { parentPort, workerData } from "node:worker_threads";
import type { Bounds, ShardReport, Stop } from "../check/explore-result.ts";
import type { Manner } from "../check/explore-shard.ts";
import type { StateLog } from "../check/explore-table.ts";
import { type Shared, Together } from "../check/explore-together.ts";
import { type ModelSpec, openModel } from "./open-model.ts";

export interface WorkerTask {
  readonly spec: ModelSpec;
  readonly manner: Manner;
  readonly bounds: Bounds;
  readonly shared: Shared;
  readonly me: number;
}

export interface WorkerReport {
  readonly report: ShardReport;
  readonly log: StateLog;
  readonly stopped: Stop | undefined;
}

const { spec, manner, bounds, shared, me } = workerData as WorkerTask;
const together = new Together(await openModel(spec), manner, bounds, shared, me);
const stopped = together.run();
const { table, transitions, depth, tallies, thrown } = together.shard;
const answer: WorkerReport = {
  report: { states: table.count, transitions, depth, tallies, thrown, bytes: table.bytes },
  log: { keyWords: table.log.keyWords, keys: table.log.keys, parents: table.log.parents },
  stopped,
};
parentPort?.postMessage(answer);
