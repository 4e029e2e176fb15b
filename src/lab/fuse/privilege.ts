// Who may mount: root, and every user in a user namespace of their own, which is then the only place where the mount can be seen.

import { spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { constants } from "node:os";
import { readKernelText } from "../../guards/safe-open.ts";
import { UserError } from "../../guards/user-error.ts";

const CAP_SYS_ADMIN = 21n;

export function mayMount(): boolean {
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readKernelText("/proc/self/status"))?.[1];
  return capabilities !== undefined && ((BigInt(`0x${capabilities}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** Namespaces of users and mounts, in which the caller is root. */
const UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"] as const;

/** The descriptor on which a process in a namespace hears that the process outside is gone. */
export const LIFELINE = 3;

/**
 * Run this very command again in a namespace in which it may mount, and pass on signals.
 *
 * @param environment what distinguishes it from the one outside
 * @returns its exit code
 * @throws UserError this machine does not let its users make such a namespace
 */
export function rerunInNamespace(environment: Readonly<Record<string, string>>): Promise<number> {
  const [program, ...args] = UNSHARE;
  const trial = spawnSync(program, [...args, "true"], { encoding: "utf8", timeout: 10_000 });
  if (trial.status !== 0) {
    const why = trial.stderr?.trim() || trial.error?.message || `unshare ended with ${trial.status}`;
    const needed = "mounting needs root, or a user namespace, which this machine does not let you make";
    throw new UserError(`${needed} (${why}); use sudo, or leave --mount out`);
  }
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
      stdio: ["inherit", "inherit", "inherit", "pipe"],
      env: { ...process.env, ...environment },
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/**
 * What a command begins with to run where the mounts of a process are, in the directory that the caller is in. A process may not enter
 * the user namespace that it is in.
 */
export const enterNamespace = (pid: number): readonly string[] => [
  "nsenter",
  `--target=${pid}`,
  "--mount",
  ...(usersOf(pid) === usersOf("self") ? [] : ["--user", "--preserve-credentials"]),
  // Whoever enters stands in the root directory at first.
  ...["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", process.cwd()],
];

/** The user namespace of a process. */
const usersOf = (pid: number | "self"): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return undefined;
  }
};
