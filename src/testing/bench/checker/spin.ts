// Spin on the same model: compiled once, run as often as needed; the shell measures its processor time.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SpinRun {
  readonly states: number;
  readonly transitions: number;
  /** Seconds of processor time. */
  readonly cpu: number;
}

const PARAMETERS = ["-DN=2", "-DM=2", "-DG=2", "-DOUT=1", "-DRULE=0"];
/** Depth first, which is its fastest mode. */
const FLAGS = ["-O2", "-march=native", "-DSAFETY", "-DNOFAIR", "-DNOREDUCE", "-DMEMLIM=20000"];

export class Spin {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns a sentence that says why it cannot be made, if it cannot */
  static make(promela: string): Spin | string {
    if (!existsSync(promela)) return `there is no ${promela}`;
    const directory = mkdtempSync(join(tmpdir(), "apmatrix-spin-"));
    copyFileSync(promela, join(directory, "ap.pml"));
    for (const [tool, args] of [
      ["spin", ["-a", "-o3", ...PARAMETERS, "ap.pml"]],
      ["gcc", [...FLAGS, "pan.c", "-o", "pan"]],
    ] as const) {
      const { status, error } = spawnSync(tool, args, { cwd: directory });
      if (status === 0) continue;
      rmSync(directory, { recursive: true });
      return error ? `the package ${tool} is missing` : `${tool} failed with status ${status}`;
    }
    return new Spin(directory);
  }

  run(): SpinRun {
    // The second line that "times" prints is what the children took.
    const { stdout } = spawnSync("sh", ["-c", "./pan -m5000000 -w24; times"], {
      cwd: this.#directory,
      encoding: "utf8",
    });
    const count = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]);
    // Spin counts the initial state as a transition.
    const transitions = count(/(\d+) transitions/) - 1;
    const times = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(stdout);
    const [, userMinutes, user, systemMinutes, system] = (times ?? []).map(Number);
    const cpu = 60 * (userMinutes as number) + (user as number) + 60 * (systemMinutes as number) + (system as number);
    return { states: count(/(\d+) states, stored/), transitions, cpu };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
