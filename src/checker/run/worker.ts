// The thread of one worker: opens its own model, explores with the others, reports. Started by run-check.ts.
import { parentPort, workerData } from "node:worker_threads";
import { Crew, type Stop } from "../explorer/crew.ts";
import { Exploration, type Shared } from "../explorer/exploration.ts";
import type { Bounds, PartReport } from "../explorer/explore-result.ts";
import { type Manner, takeOver } from "../explorer/state-memory.ts";
import { type ModelSpec, openModel } from "./open-model.ts";

export interface WorkerTask {
  readonly spec: ModelSpec;
  readonly manner: Manner;
  readonly bounds: Bounds;
  readonly shared: Shared;
  /** Number of this worker, from 0. */
  readonly me: number;
}

export interface WorkerReport {
  readonly report: PartReport;
  readonly stopped: Stop | undefined;
}

async function run({ spec, manner, bounds, shared, me }: WorkerTask): Promise<WorkerReport> {
  const crew = new Crew(shared.control, manner.workers, me);
  const exploration = new Exploration(await openModel(spec), manner.symmetry, bounds, takeOver(shared.memory), crew);
  while (!exploration.isDone) exploration.run(1024);
  const { report, stopped } = exploration;
  return { report, stopped };
}

void run(workerData as WorkerTask).then((answer) => parentPort?.postMessage(answer));
