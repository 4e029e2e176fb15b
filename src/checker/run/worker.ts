// The thread of one worker: opens the model for itself, is given what was compiled for all, explores with the others, reports.
// Started by run-check.ts.
import { once } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Manner } from "../explorer/memory.ts";
import type { Bounds, PartReport, Stop } from "../explorer/result.ts";
import { type Shared, Together } from "../explorer/together.ts";
import type { Modules } from "../wasm/engine.ts";
import { type ModelSpec, openModel } from "./open-model.ts";

export interface WorkerTask {
  readonly spec: ModelSpec;
  readonly manner: Manner;
  readonly bounds: Bounds;
  readonly shared: Shared;
  readonly me: number;
}

export interface WorkerReport {
  readonly report: PartReport;
  readonly stopped: Stop | undefined;
}

const { spec, manner, bounds, shared, me } = workerData as WorkerTask;
const [model, [modules]] = await Promise.all([openModel(spec), once(parentPort as MessagePort, "message")]);
const together = new Together(model, manner, bounds, shared, me, modules as Modules);
const stopped = together.run();
const { states, transitions, depth, tallies, thrown } = together.part;
const answer: WorkerReport = {
  report: { states, transitions, depth, tallies, thrown },
  stopped,
};
parentPort?.postMessage(answer);
