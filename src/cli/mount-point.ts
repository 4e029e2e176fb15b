// The mount point of a lab's /sys: an empty directory that nobody uses.

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { lockDirectory } from "../guards/file-lock.ts";
import { UnsafeError } from "../guards/safe-open.ts";
import { reasonOf, UserError } from "../guards/user-error.ts";
import { checkLink } from "../guards/user-files.ts";
import { isMountDead, mountAt, processBehind, unmountDead } from "../lab/fuse/mount.ts";
import { runningLabs } from "../lab/runtime.ts";
import { complain } from "./terminal.ts";

/**
 * The mount point, as the kernel names it. The mount of a lab that died is removed first.
 *
 * @throws UserError it is not there, not a directory, not empty, or something else is mounted
 */
export async function freeMountPoint(path: string): Promise<string> {
  // Touching the mount of a dead lab could hang, so the path is put together without touching it.
  const parent = realpath(dirname(path), path);
  await takeAwayDeadLab(join(parent, basename(path)));
  const directory = realpath(path, path, checkLink);
  await takeAwayDeadLab(directory);
  const mounted = mountAt(directory);
  if (mounted) throw new UserError(`${mounted.type} is mounted at ${directory}; choose another directory`);
  if (!statSync(directory).isDirectory()) throw new UserError(`mount point ${path} is not a directory`);
  if (namesIn(directory).length > 0) throw new UserError(`mount point ${path} is not empty; choose an empty directory`);
  return directory;
}

/**
 * A lab must be able to write where it keeps its own files, and so must others that run.
 *
 * @param directory as freeMountPoint has told it
 * @param places where the lab keeps its files, and where it is to be found
 * @throws UserError it is one of them, or below the files of a lab
 */
export function checkOwnPlaces(directory: string, [files, running]: readonly [string, string]): void {
  const others = runningLabs().map(({ root }) => dirname(root));
  const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
  const isWithin = (place: string): boolean => directory === place || directory.startsWith(`${place}/`);
  // The directory above the files is the journal's, or that of running labs.
  if (
    directory !== real(running) &&
    directory !== real(dirname(files)) &&
    ![files, ...others].some((p) => isWithin(real(p)))
  )
    return;
  throw new UserError(`mount point ${directory} is where labs keep their own files; choose another directory`);
}

/**
 * Take a mount point for a lab of this process: no other lab can be mounted there until it is given back.
 *
 * @param directory the answer of freeMountPoint
 * @returns a function that gives it back
 * @throws UserError another lab has it
 */
export function takeMountPoint(directory: string): () => void {
  let release: (() => void) | undefined;
  try {
    release = lockDirectory(directory);
  } catch (error) {
    throw new UserError(`mount point ${directory} cannot be used: ${reasonOf(error)}`);
  }
  // It may have been mounted after it was looked at and before it was locked; then what was locked is its mount.
  if (release && !mountAt(directory)) return release;
  release?.();
  throw new UserError(`another lab is mounted at ${directory}, or about to be; choose another directory`);
}

function realpath(path: string, wanted: string, check: (path: string) => void = () => undefined): string {
  try {
    check(resolve(path));
    return realpathSync(path);
  } catch (error) {
    if (error instanceof UnsafeError) throw new UserError(`mount point ${wanted} ${error.message}; choose another`);
    const reason = reasonOf(error);
    if (reason === "ENOENT") throw new UserError(`mount point ${wanted} is not there; "mkdir -p ${wanted}" makes it`);
    throw new UserError(`mount point ${wanted} cannot be used: ${reason}`);
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new UserError(`mount point ${directory} cannot be used: ${reasonOf(error)}`);
  }
}

async function takeAwayDeadLab(directory: string): Promise<void> {
  const pid = processBehind(mountAt(directory));
  if (pid === undefined) return;
  const owner = runningLabs().find(({ mount }) => mount === directory);
  if (owner) {
    const help = `"apmatrix lab down --name ${owner.name}" stops it`;
    throw new UserError(`lab "${owner.name}" is mounted at ${directory}; ${help}`);
  }
  // Even if its process is gone, its mount may hang, because dd still holds the device.
  if (existsSync(`/proc/${pid}`) && !(await isMountDead(directory))) {
    throw new UserError(`somebody else's lab (process ${pid}) is mounted at ${directory}; choose another directory`);
  }
  complain(`unmounting what a lab that died has left at ${directory}`);
  await unmountDead(directory);
}
