// apmatrix lab exec: a command in a mount namespace of its own in which /sys is the lab, so that nothing of it touches the machine.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { UserError } from "../guards/user-error.ts";
import { endCommand } from "../lab/command-processes.ts";
import { askedOf, GUARD, LabClient, NAMESPACE, NETWORK, RELEASE } from "../lab/control.ts";
import { enterNamespace } from "../lab/fuse/privilege.ts";
import { chooseLab, type LabDescription, socketPath } from "../lab/runtime.ts";
import { secondsOf } from "./choices.ts";
import { complain } from "./terminal.ts";

interface ExecOptions {
  readonly name?: string;
  readonly net?: boolean;
  /** A guest's path: its name, after those of its hosts with slashes between. */
  readonly guest?: string;
  /** Seconds. */
  readonly timeout?: string;
}

/** What the command ends with that was ended because of its time, as timeout(1) says it. */
const TIMED_OUT = 124;

export async function labExec(command: readonly string[], options: ExecOptions): Promise<number> {
  const limit = options.timeout === undefined ? undefined : timeLimit(options.timeout);
  const lab = chooseLab(options.name);
  if (lab.mount === undefined) throw new UserError(`lab "${lab.name}" is not mounted; bring it up with --mount DIR`);
  if (options.net && options.guest === undefined && lab.network === undefined)
    throw new UserError(`lab "${lab.name}" sends no uevents; bring it up with --uevents`);
  const client = await LabClient.connect(socketPath(lab.name));
  try {
    return await runIn(lab, client, command, { ...options, limit });
  } finally {
    await client.ask(RELEASE, PATIENCE).catch(() => undefined);
    client.close();
  }
}

async function runIn(
  lab: LabDescription,
  client: LabClient,
  command: readonly string[],
  { guest, net, limit }: ExecOptions & Pick<Run, "limit">,
): Promise<number> {
  const { pid, root = lab.root } = await processFor(lab, client, askedOf(guest, NAMESPACE));
  const network = guest === undefined ? lab.network : undefined;
  const listening = net ? (network ?? (await processFor(lab, client, askedOf(guest, NETWORK))).pid) : undefined;
  const join = listening === undefined ? [] : ["nsenter", "-t", `${listening}`, "-n"];
  // The new namespace is private: what the command mounts is seen by it alone.
  const [program, ...args] = [...enterNamespace(pid), ...join, "unshare", "-m", ...command];
  const env = {
    ...process.env,
    SYSFS_ROOT: "/sys",
    MDEVCTL_ENV_ROOT: root,
    // libudev refuses a /sys that is not a sysfs.
    SYSTEMD_DEVICE_VERIFY_SYSFS: "0",
  };
  const guard = async (process: number): Promise<void> => void (await client.ask(`${GUARD} ${process}`, PATIENCE));
  return await runToEnd(program as string, args, { env, limit, keep: [lab.pid, pid], guard });
}

/** @throws UserError */
function timeLimit(text: string): number {
  const seconds = secondsOf("--timeout", text);
  if (seconds > 0) return seconds;
  throw new UserError(`--timeout takes a number of seconds above 0, not "${text}"`);
}

/** Milliseconds that the lab may take to make it, on a machine that is busy. */
const PATIENCE = 60_000;

interface Entered {
  readonly pid: number;
  /** A root for tools, in which etc is the guest's own. */
  readonly root?: string;
}

/** A process in a namespace of the lab's. @throws UserError */
async function processFor(lab: LabDescription, client: LabClient, request: string): Promise<Entered> {
  const answer: Partial<Entered> & { readonly error?: string } = JSON.parse(await client.ask(request, PATIENCE));
  const { pid, root, error } = answer;
  if (pid === undefined) throw new UserError(`lab "${lab.name}": ${error}`);
  return root === undefined ? { pid } : { pid, root };
}

interface Run {
  readonly env: NodeJS.ProcessEnv;
  /** Seconds that it may take. */
  readonly limit: number | undefined;
  /** Processes in whose namespaces not all is the command's. */
  readonly keep: readonly number[];
  /** The lab ends it if this process is killed. */
  readonly guard: (pid: number) => Promise<void>;
}

/** Exit code of the command; as a shell says it where a signal ended it. */
async function runToEnd(program: string, args: readonly string[], { env, limit, keep, guard }: Run): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit", env });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", (error) => reject(new UserError(`${program} cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  // A lab that is gone, or of an older version, does not.
  if (child.pid !== undefined) guard(child.pid).catch(() => undefined);
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
  const rest = await endCommand(child.pid as number, keep);
  if (rest.length > 0) {
    complain(`these processes of the command do not end: ${rest.join(", ")}`);
    child.unref();
    return first.reason;
  }
  const code = await ended;
  return first.reason === TIMED_OUT ? TIMED_OUT : code;
}
