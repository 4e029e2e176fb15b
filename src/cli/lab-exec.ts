// apmatrix lab exec: a command in a mount namespace of its own in which /sys is the lab, so that nothing of it touches the machine.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { UserError } from "../guards/user-error.ts";
import { endCommand } from "../lab/command-processes.ts";
import { enterNamespace } from "../lab/fuse/privilege.ts";
import { chooseLab, type LabDescription, labDirectory } from "../lab/runtime.ts";
import { secondsOf } from "./choices.ts";
import { EXEC_SCRIPT, makeToolRoot } from "./exec-script.ts";
import { complain } from "./terminal.ts";

interface ExecOptions {
  readonly name?: string;
  readonly net?: boolean;
  /** Seconds. */
  readonly timeout?: string;
}

/** What the command ends with that was ended because of its time, as timeout(1) says it. */
const TIMED_OUT = 124;

export async function labExec(command: readonly string[], options: ExecOptions): Promise<number> {
  const limit = options.timeout === undefined ? undefined : timeLimit(options.timeout);
  const lab = chooseLab(options.name);
  if (lab.mount === undefined) throw new UserError(`lab "${lab.name}" is not mounted; bring it up with --mount DIR`);
  if (options.net && lab.network === undefined)
    throw new UserError(`lab "${lab.name}" sends no uevents; bring it up with --uevents`);
  const root = join(labDirectory(lab.name), "root");
  makeToolRoot(root);
  const [program, ...args] = namespaced(lab, [lab.mount, root, ...command], options.net === true);
  const env = {
    ...process.env,
    SYSFS_ROOT: "/sys",
    MDEVCTL_ENV_ROOT: root,
    // libudev refuses a /sys that is not a sysfs.
    SYSTEMD_DEVICE_VERIFY_SYSFS: "0",
  };
  return await runToEnd(program as string, args, { env, limit, lab });
}

/** @throws UserError */
function timeLimit(text: string): number {
  const seconds = secondsOf("--timeout", text);
  if (seconds > 0) return seconds;
  throw new UserError(`--timeout takes a number of seconds above 0, not "${text}"`);
}

/** The new namespace is private, so the mounts inside are seen by the command alone. */
function namespaced(lab: LabDescription, scriptArguments: readonly string[], net: boolean): readonly string[] {
  const enter = lab.isPrivate ? enterNamespace(lab.pid) : [];
  // Whoever has entered the lab's user namespace is root there.
  const asRoot = lab.isPrivate || process.getuid?.() === 0;
  const unshare = asRoot ? ["unshare", "-m"] : ["unshare", "-Urm"];
  const join = net ? ["nsenter", "-t", `${lab.network}`, "-n"] : [];
  return [...enter, ...join, ...unshare, "sh", "-c", EXEC_SCRIPT, "sh", ...scriptArguments];
}

interface Run {
  readonly env: NodeJS.ProcessEnv;
  /** Seconds that it may take. */
  readonly limit: number | undefined;
  readonly lab: LabDescription;
}

/** Exit code of the command; as a shell says it where a signal ended it. */
async function runToEnd(program: string, args: readonly string[], { env, limit, lab }: Run): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit", env });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", (error) => reject(new UserError(`${program} cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  // A command at a terminal has that signal already.
  process.on("SIGINT", () => child.kill("SIGINT"));
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<number>((resolve) => {
    for (const signal of ["SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => resolve(128 + constants.signals[signal]));
    if (limit === undefined) return;
    timer = setTimeout(() => {
      complain(`the command is not done after ${limit} ${limit === 1 ? "second" : "seconds"}: it is ended`);
      resolve(TIMED_OUT);
    }, limit * 1000);
  });
  const first = await Promise.race([ended.then((code) => ({ code })), stopped.then((reason) => ({ reason }))]);
  clearTimeout(timer);
  if ("code" in first) return first.code;
  const rest = await endCommand(child.pid as number, [lab.pid]);
  if (rest.length > 0) {
    complain(`these processes of the command do not end: ${rest.join(", ")}`);
    child.unref();
    return first.reason;
  }
  const code = await ended;
  return first.reason === TIMED_OUT ? TIMED_OUT : code;
}
