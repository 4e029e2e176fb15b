// Runs an exploration to its end: in this thread, in slices, or with several threads. It reports progress, and can be stopped.
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { sentenceOf } from "../../guards/fault.ts";
import { UserError } from "../../guards/user-error.ts";
import { Crew, controlWords } from "../explorer/crew.ts";
import { Exploration, type HowFar, howFar, type Shared } from "../explorer/exploration.ts";
import { type Bounds, type ExploreResult, resultOf } from "../explorer/explore-result.ts";
import { handOver, type Manner, reserveMemory, type StateMemory } from "../explorer/state-memory.ts";
import type { Model } from "../model.ts";
import { type ModelSpec, openModel } from "./open-model.ts";
import type { WorkerReport, WorkerTask } from "./worker.ts";

export interface RunOptions {
  readonly spec: ModelSpec;
  readonly manner: Manner;
  readonly bounds: Bounds;
  /** Called now and then. */
  readonly onProgress?: (howFar: HowFar) => void;
  /** Asked once there is something to explore: what stops it. What was explored so far is still the result. */
  readonly signal?: () => AbortSignal;
}

export interface Run {
  readonly model: Model;
  readonly result: ExploreResult;
}

/** Batches between two checks of timers and signals, and milliseconds between two reports. */
const SLICE = 64;
const TELL_EVERY = 200;

/** @throws UserError */
export async function runCheck(options: RunOptions): Promise<Run> {
  const model = await openModel(options.spec);
  if (options.manner.symmetry && !model.canonical) {
    throw new UserError("--symmetry: there is none here, or in too many ways to try them all");
  }
  // Properties of a user's own may take for ever: in a thread of theirs they leave this one free for signals.
  const { spec, manner } = options;
  const hasOwn = spec.model === "core" && spec.propertyFile !== undefined;
  const isAlone = manner.workers === 1 && !hasOwn;
  const memory = reserved(model, manner, !isAlone);
  const run = isAlone ? runAlone : runWorkers;
  return { model, result: await run(model, memory, options, options.signal?.()) };
}

function reserved(model: Model, manner: Manner, isShared: boolean): StateMemory {
  try {
    return reserveMemory(model, manner, isShared);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const mebibytes = Math.floor(manner.bytes / 2 ** 20);
    throw new UserError(`this process may not reserve ${mebibytes} MiB; give it less with --memory`);
  }
}

async function runAlone(
  model: Model,
  memory: StateMemory,
  { manner, bounds, onProgress }: RunOptions,
  signal: AbortSignal | undefined,
): Promise<ExploreResult> {
  const crew = new Crew(controlWords(1), 1);
  const exploration = new Exploration(model, manner.symmetry, bounds, memory, crew);
  let told = performance.now();
  while (!exploration.isDone) {
    exploration.run(SLICE);
    const now = performance.now();
    if (now - told < TELL_EVERY) continue;
    told = now;
    onProgress?.(howFar(crew, memory));
    // Signals and timers come only while this function waits.
    await pause(0);
    if (signal?.aborted) crew.wish("interrupted");
  }
  return resultOf(model, manner, [exploration.report], memory, exploration.stopped);
}

async function runWorkers(
  model: Model,
  memory: StateMemory,
  { spec, manner, bounds, onProgress }: RunOptions,
  signal: AbortSignal | undefined,
): Promise<ExploreResult> {
  const { workers } = manner;
  const shared: Shared = { control: controlWords(workers), memory: handOver(memory) };
  const crew = new Crew(shared.control, workers);
  const threads = Array.from({ length: workers }, (_, me) => {
    const task: WorkerTask = { spec, manner, bounds, shared, me };
    return new Worker(new URL("./worker.js", import.meta.url), { workerData: task });
  });
  const stop = () => crew.wish("interrupted");
  signal?.addEventListener("abort", stop);
  const timer = setInterval(() => onProgress?.(howFar(crew, memory)), TELL_EVERY);
  try {
    const answers = await Promise.all(threads.map(reportOf)).catch((error: unknown) => {
      throw new UserError(`a thread of ${workers} could not go on: ${sentenceOf(error)}; fewer --workers need less`);
    });
    const reports = answers.map(({ report }) => report);
    return resultOf(model, manner, reports, memory, answers[0]?.stopped);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function reportOf(thread: Worker): Promise<WorkerReport> {
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}
