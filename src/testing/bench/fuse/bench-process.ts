// Processes of the measurement: the client, where they run, what they cost.
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Order } from "./bench-client.ts";

const CLIENT = fileURLToPath(new URL("./bench-client.js", import.meta.url));

/** Where processes may run: anywhere, all on one processor, or client and servers on different ones. */
export type Placement = "free" | "one CPU" | "two CPUs";

export const PLACEMENTS: readonly Placement[] =
  availableParallelism() > 1 ? ["free", "one CPU", "two CPUs"] : ["free", "one CPU"];

const ALL = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";

/** Put the client and the servers where they may run; all their threads. */
export function place(client: number, servers: readonly number[], placement: Placement): void {
  const cpus = { free: [ALL, ALL], "one CPU": ["0", "0"], "two CPUs": ["1", "0"] }[placement] as [string, string];
  for (const pid of [client, ...servers]) {
    const args = ["-acp", pid === client ? cpus[0] : cpus[1], `${pid}`];
    const { status, stderr } = spawnSync("taskset", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`taskset: ${stderr}`);
  }
}

export class BenchClient {
  readonly #process: ChildProcess = fork(CLIENT);

  get pid(): number {
    return this.#process.pid as number;
  }

  /** Microseconds of each time. */
  run(order: Order): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const failed = () => reject(new Error(`the client failed at ${order.work} ${order.path}`));
      this.#process.once("exit", failed);
      this.#process.once("message", (times) => {
        this.#process.off("exit", failed);
        resolve(times as number[]);
      });
      this.#process.send(order);
    });
  }

  stop(): void {
    this.#process.kill();
  }
}

/** MiB of memory that a process holds now. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

const TICKS_PER_SECOND = 100;

/** Microseconds of processor time that a process has used so far. */
export function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return ((Number(user) + Number(system)) * 1e6) / TICKS_PER_SECOND;
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
