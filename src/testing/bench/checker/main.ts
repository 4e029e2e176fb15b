// npm run bench:check: the checker against Spin, two workers against one, the core's model, memory. What the figures mean and how they
// were got: docs/performance.md.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { must } from "../../../system/ap/assert.ts";
import { DEFAULT_PROFILE } from "../../../system/vfio-ap/profiles.ts";
import type { Measured, Measurement } from "./explore-process.ts";
import { Spin, type SpinRun } from "./spin.ts";

const ROUNDS = 3;
/** The same model in Promela, or the file that is given. */
const PROMELA = process.argv[2] ?? fileURLToPath(new URL("../../../../testing/spin/ap.pml", import.meta.url));
const PROCESS = fileURLToPath(new URL("./explore-process.js", import.meta.url));

const REFERENCE = (adapters: number, domains: number, mdevs: number): Measurement["spec"] => ({
  model: "reference",
  options: { adapters, domains, mdevs, absent: 1, rule: 0, controlDomains: false, reserved: false },
});

function measure(measurement: Measurement): readonly Measured[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROCESS, JSON.stringify(measurement)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Measured);
}

const grouped = (value: number): string => Math.round(value).toLocaleString("en");
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const speedOf = ({ states, cpu }: { readonly states: number; readonly cpu: number }): number => states / cpu;

function againstSpin(): void {
  console.log("reference model, 2x2x2, absent 1, rule 0, one worker; states per second of processor time");
  const made = Spin.make(PROMELA);
  const cold: Measured[] = [];
  const warm: Measured[] = [];
  const spin: SpinRun[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const runs = measure({ spec: REFERENCE(2, 2, 2), workers: 1, bounds: {}, rounds: 3 });
    cold.push(must(runs[0]));
    warm.push(...runs.slice(1));
    if (typeof made !== "string") spin.push(made.run());
  }
  const [one] = warm as [Measured];
  console.log(`  states ${grouped(one.states)}, transitions ${grouped(one.transitions)}`);
  const ours = { cold: median(cold.map(speedOf)), warm: median(warm.map(speedOf)) };
  console.log(`  apmatrix, first run (compiling included)  ${grouped(ours.cold).padStart(10)}`);
  console.log(`  apmatrix, further runs                    ${grouped(ours.warm).padStart(10)}`);
  console.log(`  memory: ${(one.bytes / one.states).toFixed(1)} bytes a state`);
  if (typeof made === "string") {
    console.log(`  Spin left out: ${made}`);
    return;
  }
  made.remove();
  const theirs = median(spin.map(speedOf));
  const [{ states, transitions }] = spin as [SpinRun];
  console.log(`  Spin (states ${grouped(states)}, transitions ${grouped(transitions)})  ${grouped(theirs)}`);
  const ratio = (speed: number): string => (speed / theirs).toFixed(2);
  console.log(`  times Spin: ${ratio(ours.cold)} first run, ${ratio(ours.warm)} further runs`);
}

function workersTogether(): void {
  console.log("\nreference model, 3x3x1, absent 1, rule 0, first 8,000,000 states; states per second by the clock");
  const speeds = [1, 2].map((workers) => {
    const runs = Array.from({ length: ROUNDS }, () =>
      measure({ spec: REFERENCE(3, 3, 1), workers, bounds: { states: 8_000_000 }, rounds: 1 }),
    );
    const speed = median(runs.flat().map(({ states, wall }) => states / wall));
    const [{ bytes, states, rss }] = runs.flat() as [Measured];
    const memory = `${(bytes / states).toFixed(1)} bytes a state, process ${grouped(rss / 2 ** 20)} MiB`;
    console.log(`  ${workers} worker${workers > 1 ? "s" : " "}  ${grouped(speed).padStart(10)}   ${memory}`);
    return speed;
  });
  console.log(`  two workers: ${(must(speeds[1]) / must(speeds[0])).toFixed(2)} times one`);
}

function core(): void {
  const name = DEFAULT_PROFILE.name;
  console.log(`\nthe core itself, ${name}, 2x2x2, absent 1, first 500,000 states, one worker`);
  const options = { profile: name, adapters: 2, domains: 2, mdevs: 2, absent: 1 };
  const runs = measure({ spec: { model: "core", options }, workers: 1, bounds: { states: 500_000 }, rounds: ROUNDS });
  const [one] = runs as [Measured];
  const speeds = runs.map(({ transitions, cpu }) => transitions / cpu);
  console.log(`  ${grouped(median(speeds))} transitions per second of processor time`);
  console.log(`  ${grouped(one.transitions)} transitions, ${(one.bytes / one.states).toFixed(1)} bytes a state`);
}

againstSpin();
workersTogether();
core();
