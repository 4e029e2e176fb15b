// One measurement in its own process: explores a model some times and prints a line for each, with what was found and what it took.
import { performance } from "node:perf_hooks";
import type { Bounds } from "../../../checker/explorer/explore-result.ts";
import type { ModelSpec } from "../../../checker/run/open-model.ts";
import { runCheck } from "../../../checker/run/run-check.ts";
import { must } from "../../../system/ap/assert.ts";

export interface Measurement {
  readonly spec: ModelSpec;
  readonly workers: number;
  readonly bounds: Bounds;
  readonly rounds: number;
}

export interface Measured {
  readonly states: number;
  readonly transitions: number;
  /** Seconds of processor time of the whole process, compiling included. */
  readonly cpu: number;
  readonly wall: number;
  readonly bytes: number;
  readonly rss: number;
}

const { spec, workers, bounds, rounds } = JSON.parse(must(process.argv[2])) as Measurement;
const manner = { workers, symmetry: false, fingerprint: false, bytes: 4 * 2 ** 30 };
for (let round = 0; round < rounds; round++) {
  const before = process.cpuUsage();
  const start = performance.now();
  const { result } = await runCheck({ spec, manner, bounds });
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const { states, transitions, bytes } = result;
  const measured: Measured = {
    states,
    transitions,
    cpu: (user + system) / 1e6,
    wall,
    bytes,
    rss: process.memoryUsage.rss(),
  };
  console.log(JSON.stringify(measured));
}
