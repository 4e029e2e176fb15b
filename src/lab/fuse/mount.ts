// Mounting and unmounting by mount(8), as root or in a user namespace. All of it is asynchronous, because a server that waits for its own
// mount would wait for ever.
import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { readKernelText } from "../../guards/safe-open.ts";
import { codeOf, UserError } from "../../guards/user-error.ts";

interface Mounted {
  /** The device, open for reading and writing, non-blocking. */
  readonly fd: number;
  readonly directory: string;
  unmount(): Promise<void>;
}

/** Milliseconds that mounting, unmounting and looking at a mount may take. */
const PATIENCE = 10_000;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Run a program to its end; never rejects. `code` is null if it could not be run or did not end. */
function run(command: string, args: readonly string[], fd?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe", ...(fd === undefined ? [] : [fd])] });
    const giveUp = setTimeout(() => {
      child.kill("SIGKILL");
      child.unref();
      resolve({ code: null, stderr: `${command} does not come back` });
    }, PATIENCE);
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", (error) => resolve({ code: null, stderr: error.message }));
    child.on("close", (code) => {
      clearTimeout(giveUp);
      resolve({ code, stderr: stderr.trim() });
    });
  });
}

function openDevice(): number {
  try {
    return openSync("/dev/fuse", constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EACCES" || code === "EPERM") {
      throw new UserError("/dev/fuse may not be opened: be root, or make it readable and writable for all (chmod 666)");
    }
    throw new UserError(`/dev/fuse is not there (${code}): load the fuse module, or give the container the device`);
  }
}

interface MountEntry {
  readonly place: string;
  readonly type: string;
  readonly source: string;
}

/** The kernel's own list, in its order. It writes blanks and backslashes of a path as octal numbers. */
function mounts(): readonly MountEntry[] {
  const lines = readKernelText("/proc/self/mountinfo").trim().split("\n");
  return lines.map((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const path = left.split(" ")[4] ?? "";
    const bytes = path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const [type = "", source = ""] = right.split(" ");
    return { place: Buffer.from(bytes, "latin1").toString(), type, source };
  });
}

/** The file system that is mounted at a directory; undefined if none. */
export const mountAt = (directory: string): MountEntry | undefined =>
  mounts().findLast(({ place }) => place === directory);

/** Where something is mounted, at a directory or below it. */
export const mountsBelow = (directory: string): readonly string[] =>
  mounts()
    .map(({ place }) => place)
    .filter((place) => place === directory || place.startsWith(`${directory}/`));

/** What our mounts are called in /proc/self/mountinfo: with the number of the process behind them. */
const SOURCE = "apmatrix:";

/** The process that serves a mount of ours; undefined for other mounts. */
export function processBehind(mounted: { readonly source: string } | undefined): number | undefined {
  return mounted?.source.startsWith(SOURCE) ? Number(mounted.source.slice(SOURCE.length)) : undefined;
}

/**
 * Mount an empty FUSE file system; the kernel begins to ask once this is done.
 *
 * @param directory absolute, exists, is empty
 * @throws UserError
 */
export async function mountFuse(directory: string): Promise<Mounted> {
  const fd = openDevice();
  const options = `fd=3,rootmode=40000,user_id=${process.getuid?.() ?? 0},group_id=${process.getgid?.() ?? 0}`;
  const rest = "nosuid,nodev,noexec,noatime,default_permissions";
  // Only root may let others in without a setting of the machine.
  const others = process.getuid?.() === 0 ? ",allow_other" : "";
  const args = ["-i", "-t", "fuse.sysfs", "-o", `${rest},${options}${others}`, `${SOURCE}${process.pid}`, directory];
  const { code, stderr } = await run("mount", args, fd);
  if (code !== 0) {
    closeSync(fd);
    // The first line of mount(8) says what is wrong; more lines are advice.
    const why = stderr.split("\n")[0] || "mount(8) is missing";
    throw new UserError(`mounting at ${directory} failed: ${why}; be root, or run in "unshare -Urm"`);
  }
  return { fd, directory, unmount: () => unmount(directory) };
}

/** Whether nobody answers on a mount of ours any more. A slow one counts as alive. */
export async function isMountDead(directory: string): Promise<boolean> {
  // A listing asks the server; stat could be answered from what the kernel remembers.
  const { code } = await run("ls", [directory]);
  return code !== null && code !== 0;
}

/** Unmount; a busy mount is detached, so that nothing is left over. */
async function unmount(directory: string): Promise<void> {
  const { code } = await run("umount", [directory]);
  if (code !== 0) await run("umount", ["-l", directory]);
}

/** Unmount a dead mount: processes that wait for an answer get an error. */
export async function unmountDead(directory: string): Promise<void> {
  await run("umount", ["-f", directory]);
  if (mountAt(directory)) await run("umount", ["-l", directory]);
}
