// Where a lab's /sys is to be mounted: an empty directory that nobody uses.
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { lockDirectory } from "../guards/file-lock.ts";
import { UnsafeError } from "../guards/safe-open.ts";
import { checkLink } from "../guards/user-files.ts";
import { isMountDead, mountAt, processBehind, unmountDead } from "../lab/fuse/mount.ts";
import { LabError, reasonOf } from "../lab/lab-error.ts";
import { runningLabs } from "../lab/runtime.ts";
import { complain } from "./terminal.ts";

/**
 * The mount point as the kernel calls it. What is left of a lab that died is unmounted first.
 *
 * @throws LabError not there, no directory, not empty, something else is mounted
 */
export async function freeMountPoint(path: string): Promise<string> {
  // A mount whose lab died, or hangs, is not touched before it is known to be one: its name is put together without it.
  const parent = realpath(dirname(path), path);
  await takeAwayDeadLab(join(parent, basename(path)));
  const directory = realpath(path, path, checkLink);
  await takeAwayDeadLab(directory);
  const mounted = mountAt(directory);
  if (mounted) throw new LabError(`${mounted.type} is mounted at ${directory}; choose another directory`);
  if (!statSync(directory).isDirectory()) throw new LabError(`mount point ${path} is not a directory`);
  if (namesIn(directory).length > 0) throw new LabError(`mount point ${path} is not empty; choose an empty directory`);
  return directory;
}

/**
 * Have a mount point for a lab of this process: nobody else's is mounted there until it is given back.
 *
 * @param directory as freeMountPoint has told it
 * @returns what gives it back
 * @throws LabError another lab has it
 */
export function takeMountPoint(directory: string): () => void {
  let release: (() => void) | undefined;
  try {
    release = lockDirectory(directory);
  } catch (error) {
    throw new LabError(`mount point ${directory} cannot be used: ${reasonOf(error)}`);
  }
  // It may have been mounted after it was looked at and before it was locked; then what was locked is its mount.
  if (release && !mountAt(directory)) return release;
  release?.();
  throw new LabError(`another lab is mounted at ${directory}, or about to be; choose another directory`);
}

function realpath(path: string, wanted: string, check: (path: string) => void = () => undefined): string {
  try {
    check(resolve(path));
    return realpathSync(path);
  } catch (error) {
    if (error instanceof UnsafeError) throw new LabError(`mount point ${wanted} ${error.message}; choose another`);
    const reason = reasonOf(error);
    if (reason === "ENOENT") throw new LabError(`mount point ${wanted} is not there; "mkdir -p ${wanted}" makes it`);
    throw new LabError(`mount point ${wanted} cannot be used: ${reason}`);
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new LabError(`mount point ${directory} cannot be used: ${reasonOf(error)}`);
  }
}

async function takeAwayDeadLab(directory: string): Promise<void> {
  const pid = processBehind(mountAt(directory));
  if (pid === undefined) return;
  const owner = runningLabs().find(({ mount }) => mount === directory);
  if (owner) {
    const help = `"apmatrix lab down --name ${owner.name}" stops it`;
    throw new LabError(`lab "${owner.name}" is mounted at ${directory}; ${help}`);
  }
  // Its process may be gone and its mount not answer all the same, if dd still holds the device.
  if (existsSync(`/proc/${pid}`) && !(await isMountDead(directory))) {
    throw new LabError(`somebody else's lab (process ${pid}) is mounted at ${directory}; choose another directory`);
  }
  complain(`unmounting what a lab that died has left at ${directory}`);
  await unmountDead(directory);
}
