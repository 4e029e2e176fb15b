// apmatrix lab exec: a command in a mount namespace of its own in which /sys is the lab, so that nothing of it touches the machine.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { UserError } from "../guards/user-error.ts";
import { enterNamespace } from "../lab/fuse/privilege.ts";
import { chooseLab, type LabDescription, labDirectory } from "../lab/runtime.ts";
import { EXEC_SCRIPT, makeToolRoot } from "./exec-script.ts";

interface ExecOptions {
  readonly name?: string;
  readonly net?: boolean;
}

export async function labExec(command: readonly string[], options: ExecOptions): Promise<number> {
  const lab = chooseLab(options.name);
  if (lab.mount === undefined) throw new UserError(`lab "${lab.name}" is not mounted; bring it up with --mount DIR`);
  if (options.net && lab.network === undefined)
    throw new UserError(`lab "${lab.name}" sends no uevents; bring it up with --uevents`);
  const root = join(labDirectory(lab.name), "root");
  makeToolRoot(root);
  const [program, ...args] = namespaced(lab, [lab.mount, root, ...command], options.net === true);
  return await runToEnd(program as string, args, {
    ...process.env,
    SYSFS_ROOT: "/sys",
    MDEVCTL_ENV_ROOT: root,
    // libudev refuses a /sys that is not a sysfs.
    SYSTEMD_DEVICE_VERIFY_SYSFS: "0",
  });
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

/** Exit code of the command; as a shell says it where a signal ended it. */
function runToEnd(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env });
    // The command gets the terminal's signals itself.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    child.on("error", (error) => reject(new UserError(`${program} cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
