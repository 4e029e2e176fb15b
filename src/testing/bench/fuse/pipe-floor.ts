// What waking another process costs on this machine: a byte through a pipe to cat and back, which is what one request of FUSE
// does at least. Measured on one processor and between two.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { percentile } from "./bench-process.ts";

/** The median of a round trip, in microseconds. */
export function pipeRoundTrip(directory: string, cpus: readonly [mine: number, theirs: number]): number {
  const [there, back] = [join(directory, `there${cpus}`), join(directory, `back${cpus}`)];
  spawnSync("mkfifo", [there, back]);
  // Opened both ways, so that nobody waits for the other side.
  const [out, input] = [openSync(there, "r+"), openSync(back, "r+")];
  const cat = spawn("taskset", ["-c", `${cpus[1]}`, "cat"], { stdio: [out, input, "ignore"] });
  spawnSync("taskset", ["-cp", `${cpus[0]}`, `${process.pid}`]);
  const byte = Buffer.alloc(1);
  const samples: number[] = [];
  for (let n = 0; n < 3000; n++) {
    const start = process.hrtime.bigint();
    writeSync(out, byte);
    readSync(input, byte);
    samples.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  cat.kill();
  for (const fd of [out, input]) closeSync(fd);
  return percentile(samples, 0.5);
}
