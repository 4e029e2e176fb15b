// Runs a program to its end, with a time limit, without the environment variables of this machine.
import { spawn } from "node:child_process";

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Besides PATH, HOME and a neutral language. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Seconds. */
  readonly limit?: number;
}

const LIMIT = 120;

/** Debian keeps programs for administrators in directories of their own, which not every user has in PATH. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export const environmentWith = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: `${process.env.PATH ?? ""}:${PATH}`,
  HOME: process.env.HOME ?? "/",
  LC_ALL: "C.UTF-8",
  ...more,
});

/** @throws it cannot be started, or takes too long */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const [name, ...args] = command as [string, ...string[]];
  const { environment, input, limit = LIMIT } = options;
  return new Promise((resolve, reject) => {
    // A process group of its own: what the program has started is ended with it.
    const child = spawn(name, args, { detached: true, env: environmentWith(environment) });
    let [stdout, stderr, late] = ["", "", false];
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, limit * 1000);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // It need not read what it is given.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${command.join(" ")}: not done after ${limit} s\n${stdout}${stderr}`));
      else resolve({ code: code ?? -1, stdout, stderr });
    });
  });
}

/** End a program that was started as the head of a process group, and the whole group. */
export function endGroup(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}
