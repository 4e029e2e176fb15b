// npm run bench: all measurements, or one of them. What the figures mean and how they were got: docs/performance.md.

import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { bootBenchHost } from "./bench-host.ts";
import { measureExplanations } from "./explanations.ts";
import { measureAllocation, measureFullHost, measureSnapshots } from "./full-host.ts";
import { bytesPerGuest, measureGuests } from "./guests.ts";
import { measureRound, type Timing, wordOperation } from "./measure.ts";
import { runMix } from "./mix.ts";
import { printPlanFigures } from "./plan-bench.ts";

const USAGE =
  "usage: bench [mix N M K SEED | full | snapshots | memory | explain | plan | guests]   1 <= M <= N <= 256, K and SEED from 1";

/** How many times plans are made after the first. */
const PLAN_ROUNDS = 3;

function mixLine(n: number, m: number, k: number, seed: number): string {
  const { seconds, checksum } = runMix({ n, m, k, seed });
  const speed = Math.round(k / seconds);
  return `N=${n} M=${m} K=${k} seed=${seed}: ${seconds.toFixed(3)} s, ${speed} op/s, checksum ${checksum}`;
}

function mix(words: readonly string[]): number {
  const [n, m, k, seed] = words.map(Number) as [number, number, number, number];
  const whole = words.length === 4 && [n, m, k, seed].every((value) => Number.isSafeInteger(value) && value >= 1);
  if (!whole || m > n || n > 256) {
    console.error(USAGE);
    return 1;
  }
  console.log(mixLine(n, m, k, seed));
  return 0;
}

const fixed = (value: number): string => value.toFixed(value < 10 ? 2 : 1).padStart(9);

function printTimings(title: string, timings: readonly Timing[], word: number): void {
  console.log(`\n${title}\n${"operation".padEnd(28)}   median       p90       p99  µs    word operations   op/s`);
  for (const { name, median, p90, p99 } of timings) {
    const words = Math.round(median / word);
    const speed = Math.round(1e6 / median);
    console.log(
      `${name.padEnd(28)}${fixed(median)} ${fixed(p90)} ${fixed(p99)} ${String(words).padStart(20)} ${String(speed).padStart(10)}`,
    );
  }
}

function full(word: number): void {
  printTimings("256 x 256, one guest has all 65,536 queues", measureFullHost(200), word);
}

function snapshots(word: number): void {
  printTimings("256 x 256: whole hosts", measureSnapshots(200), word);
}

function explanations(word: number): void {
  printTimings("256 x 256, 64 guests: all 65,536 queues explained, with what helps", measureExplanations(10), word);
}

function guests(word: number): void {
  printTimings("16 x 85, 16 guests with one adapter each", measureGuests(200), word);
  if (globalThis.gc) console.log(`\na guest with a Linux: ${(bytesPerGuest() / 2 ** 20).toFixed(2)} MiB`);
}

async function memory(word: number): Promise<void> {
  const boot = measureRound([["boot 256x256, 64 mdevs", () => bootBenchHost(256, 64, DEFAULT_PROFILE)]], 20);
  printTimings("Boot, first scan included", boot, word);
  const { words } = bootBenchHost(256, 64, DEFAULT_PROFILE).state;
  console.log(`\nbuffer of a 256x256 host with 64 mdevs: ${(words.byteLength / 2 ** 20).toFixed(2)} MiB`);
  console.log("\nheap bytes allocated by a step without an observer (the profiler itself shows as about 2)");
  for (const [name, bytes] of await measureAllocation()) console.log(`${name.padEnd(48)} ${bytes.toFixed(1)}`);
}

async function all(): Promise<void> {
  for (const [n, m, k] of [
    [4, 3, 1_000_000],
    [16, 8, 300_000],
    [256, 64, 20_000],
  ] as const) {
    console.log(mixLine(n, m, k, 1));
  }
  const word = wordOperation();
  console.log(`\none word operation: ${(word * 1000).toFixed(2)} ns`);
  full(word);
  snapshots(word);
  explanations(word);
  guests(word);
  await memory(word);
  console.log("");
  printPlanFigures(PLAN_ROUNDS);
}

async function main([what, ...words]: readonly string[]): Promise<number> {
  switch (what) {
    case undefined:
      await all();
      return 0;
    case "mix":
      return mix(words);
    case "full":
      full(wordOperation());
      return 0;
    case "snapshots":
      snapshots(wordOperation());
      return 0;
    case "explain":
      explanations(wordOperation());
      return 0;
    case "memory":
      await memory(wordOperation());
      return 0;
    case "plan":
      printPlanFigures(PLAN_ROUNDS);
      return 0;
    case "guests":
      guests(wordOperation());
      return 0;
    default:
      console.error(USAGE);
      return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
