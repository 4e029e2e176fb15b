// What the kernel says of a process in /proc/PID/stat.
import { readKernelText } from "../guards/safe-open.ts";

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  /** When it began, in the kernel's clock ticks: numbers of processes are used again. */
  readonly started: string;
}

/** @returns undefined if there is no such process */
export function processStat(pid: number | string): ProcessStat | undefined {
  try {
    const stat = readKernelText(`/proc/${pid}/stat`);
    // The name in parentheses may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", parent: Number(fields[1]), started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
