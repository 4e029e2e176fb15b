// npm run bench:fuse: a mounted lab of the largest host against real sysfs, tmpfs and fuse-native, in rounds that take turns, so that
// whatever else the machine does affects all of them. What the figures mean: docs/performance.md.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../../system/ap/assert.ts";
import { labUp, type RunningLab } from "../../support/lab-command.ts";
import { freshDirectory, mountSmallDisk, temporaryDirectory } from "../../support/temporary.ts";
import type { Work } from "./bench-client.ts";
import {
  BenchClient,
  PLACEMENTS,
  type Placement,
  percentile,
  place,
  processorTime,
  residentMegabytes,
} from "./bench-process.ts";
import { mountFuseNative } from "./fuse-native.ts";
import { ATTRIBUTE, LARGE } from "./fuse-native-names.ts";
import { pipeRoundTrip } from "./pipe-floor.ts";

const ROUNDS = 10;
const OPERATIONS = 1000;
const STARTS = 5;

const TARGET = { ratioToSysfs: 10, ratioToNative: 0.5, listing: 250, ready: 1000, memory: 250 } as const;

/** What is measured: a file to read, a file to write, a directory to list. Undefined: it has none. */
interface Tree {
  readonly name: string;
  readonly server: number | undefined;
  readonly read: string;
  readonly write: string | undefined;
  readonly list: string | undefined;
}

const directory = temporaryDirectory();
const client = new BenchClient();

const ALL = `0x${"f".repeat(64)}`;

/** 256 adapters, 256 domains: 65,536 queues. */
function largestHost(): string {
  const file = join(directory, "largest.jsonl");
  const init = { op: "init", apm: ALL, aqm: ALL, adm: ALL };
  writeFileSync(file, `{"trace":"largest","format":1}\n${JSON.stringify(init)}\n`);
  return file;
}

const ms = (microseconds: number): string => `${(microseconds / 1000).toFixed(0)} ms`;
const verdict = (isMet: boolean): string => (isMet ? "met" : "MISSED");

async function startLab(
  trace: string,
): Promise<{ readonly lab: RunningLab; readonly sys: string; readonly ready: number }> {
  const [sys, run] = [freshDirectory(directory, "sys"), freshDirectory(directory, "run")];
  const start = performance.now();
  const lab = await labUp(["--replay", trace, "--mount", sys, "--no-timer"], { run });
  await client.run({ work: "read", path: `${sys}/devices/ap/card05/05.0004/config`, count: 1 });
  return { lab, sys, ready: performance.now() - start };
}

function sysfsAttribute(): string {
  const candidates = ["/sys/devices/system/cpu/cpu0/topology/core_id", "/sys/kernel/uevent_seqnum"];
  return candidates.find((path) => existsSync(path)) as string;
}

function tmpfsTarget(): Tree {
  const disk = freshDirectory(directory, "disk");
  mountSmallDisk(disk, 64 << 20);
  const list = freshDirectory(disk, "large");
  for (let n = 0; n < 65_792; n++) writeFileSync(join(list, `${n}`), "");
  const file = join(disk, "file");
  writeFileSync(file, "1\n");
  return { name: "tmpfs", server: undefined, read: file, write: file, list };
}

async function nativeTarget(): Promise<Tree | undefined> {
  const mount = freshDirectory(directory, "native");
  try {
    const { pid, stop } = await mountFuseNative(mount);
    process.once("exit", stop);
    const file = `${mount}${ATTRIBUTE}`;
    return { name: "fuse-native", server: pid, read: file, write: file, list: `${mount}${LARGE}` };
  } catch (error) {
    console.log(`fuse-native is left out: ${(error as Error).message}`);
    return undefined;
  }
}

/** All samples of one kind, and what the server needed for one operation. */
interface Measured {
  readonly samples: number[];
  processor: number;
}

class Figures {
  readonly #all = new Map<string, Measured>();

  of(target: Tree, work: Work, placement: Placement): Measured {
    const key = `${target.name} ${work} ${placement}`;
    const measured = this.#all.get(key) ?? { samples: [], processor: 0 };
    this.#all.set(key, measured);
    return measured;
  }
}

async function measure(figures: Figures, target: Tree, work: Work, placement: Placement, count: number): Promise<void> {
  const path = target[work as "read" | "write" | "list"];
  if (path === undefined) return;
  const measured = figures.of(target, work, placement);
  const before = target.server === undefined ? 0 : processorTime(target.server);
  measured.samples.push(...(await client.run({ work, path, count })));
  if (target.server !== undefined) measured.processor += processorTime(target.server) - before;
}

const WHERE: Readonly<Record<Placement, string>> = {
  free: "processes where the system puts them",
  "one CPU": "client and servers on one processor",
  "two CPUs": "client on one processor, servers on another",
};

function table(figures: Figures, targets: readonly Tree[], work: "read" | "write", placement: Placement): void {
  console.log(`\nopen + ${work} + close, ${WHERE[placement]}`);
  console.log(`${"".padEnd(14)} p50 µs   p99 µs  server CPU µs   times sysfs`);
  const [reference] = targets;
  for (const target of targets) {
    const { samples, processor } = figures.of(target, work, placement);
    if (samples.length === 0) continue;
    const p50 = percentile(samples, 0.5);
    const sysfs = percentile(figures.of(reference as Tree, work, placement).samples, 0.5);
    const cpu = target.server === undefined ? "" : (processor / samples.length).toFixed(1);
    const times = Number.isNaN(sysfs) ? "" : (p50 / sysfs).toFixed(1);
    const cells = [
      p50.toFixed(1).padStart(6),
      percentile(samples, 0.99).toFixed(1).padStart(8),
      cpu.padStart(14),
      times.padStart(13),
    ];
    console.log(`${target.name.padEnd(14)} ${cells.join(" ")}`);
  }
}

/**
 * The targets are about what the server needs, so they are judged on one processor. Waking a process on another one adds time of the
 * machine's own, which can be many times as much.
 */
function compare(figures: Figures, [sysfs, , lab, native]: readonly Tree[]): void {
  const { ratioToSysfs, ratioToNative } = TARGET;
  for (const placement of PLACEMENTS) {
    const p50 = (target: Tree | undefined) =>
      target ? percentile(figures.of(target, "read", placement).samples, 0.5) : Number.NaN;
    const judged = (isMet: boolean) => (placement === "one CPU" ? `: ${verdict(isMet)}` : "");
    const toSysfs = p50(lab) / p50(sysfs);
    console.log(`${WHERE[placement]}:`);
    console.log(`  ${toSysfs.toFixed(1)} times real sysfs, target ${ratioToSysfs}${judged(toSysfs <= ratioToSysfs)}`);
    if (!native) continue;
    const toNative = p50(lab) / p50(native);
    console.log(`  ${toNative.toFixed(2)} of fuse-native, target ${ratioToNative}${judged(toNative <= ratioToNative)}`);
  }
}

async function main(): Promise<void> {
  const trace = largestHost();
  const starts: number[] = [];
  for (let n = 1; n < STARTS; n++) {
    const { lab, ready } = await startLab(trace);
    starts.push(ready);
    await lab.stop();
  }
  const { lab, sys, ready } = await startLab(trace);
  starts.push(ready);
  const memory = residentMegabytes(lab.pid);
  const targets: Tree[] = [
    { name: "real sysfs", server: undefined, read: sysfsAttribute(), write: undefined, list: undefined },
    tmpfsTarget(),
    {
      name: "lab",
      server: lab.pid,
      read: `${sys}/devices/ap/card05/05.0004/config`,
      write: `${sys}/bus/ap/config_time`,
      list: `${sys}/bus/ap/devices`,
    },
  ];
  const native = await nativeTarget();
  if (native) targets.push(native);

  const figures = new Figures();
  const servers = targets.flatMap(({ server }) => server ?? []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const placement of PLACEMENTS) {
      place(client.pid, servers, placement);
      for (const target of targets) {
        for (const work of ["read", "write"] as const) {
          // The first round only warms up the compiler.
          if (round >= 0) await measure(figures, target, work, placement, OPERATIONS);
          else if (target[work]) await client.run({ work, path: target[work], count: OPERATIONS });
        }
        if (round >= 0 && placement === "free") await measure(figures, target, "list", placement, 1);
      }
    }
  }

  for (const placement of PLACEMENTS)
    for (const work of ["read", "write"] as const) table(figures, targets, work, placement);
  place(client.pid, servers, "free");
  const [same, other] = [pipeRoundTrip(directory, [0, 0]), pipeRoundTrip(directory, [0, 1])];
  console.log(
    `\na byte through pipes to another process and back: ${same.toFixed(1)} µs on one processor, ${other.toFixed(1)} µs between two`,
  );

  console.log("\na directory of 65,792 entries, median");
  for (const target of targets) {
    const { samples } = figures.of(target, "list", "free");
    if (samples.length > 0) console.log(`${target.name.padEnd(14)} ${ms(percentile(samples, 0.5))}`);
  }
  const listing = percentile(figures.of(must(targets[2]), "list", "free").samples, 0.5) / 1000;
  const [looked] = await client.run({ work: "look", path: `${sys}/bus/ap/devices`, count: 1 });
  const all = residentMegabytes(lab.pid);

  console.log(`every entry of it looked at for the first time: ${ms(looked as number)}`);
  console.log(`from "lab up" to the first answer: ${percentile(starts, 0.5).toFixed(0)} ms, median of ${STARTS}`);
  console.log(`memory: ${memory.toFixed(0)} MiB at first, ${all.toFixed(0)} MiB once all names have been looked up\n`);

  compare(figures, targets);
  console.log(`listing, target ${TARGET.listing} ms: ${verdict(listing <= TARGET.listing)}`);
  console.log(`first answer, target ${TARGET.ready} ms: ${verdict(percentile(starts, 0.5) <= TARGET.ready)}`);
  console.log(`memory, target ${TARGET.memory} MiB: ${verdict(all <= TARGET.memory)}`);
  await lab.stop();
  client.stop();
  process.exit(0);
}

await main();
