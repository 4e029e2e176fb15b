// Locks of the kernel's: whoever has one has it until its process ends, however that ends. Node cannot take them, flock(1) does: the lock
// belongs to the open file, which is ours as well, so it stays when flock(1) has ended.

import { spawnSync } from "node:child_process";
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from "node:fs";
import { openOwnFile } from "./private-directory.ts";
import { UnsafeError } from "./safe-open.ts";
import { reasonOf } from "./user-error.ts";

/** What flock(1) ends with when another process has the lock. */
const TAKEN = 1;

/**
 * @param fd of an open file or directory
 * @returns whether the lock of it is ours now; false: another process has it
 * @throws UnsafeError it cannot be locked
 */
export function tryLock(fd: number): boolean {
  const { status, error } = spawnSync("flock", ["--nonblock", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
  if (status === 0) return true;
  if (status === TAKEN) return false;
  const why = error ? reasonOf(error) : `flock ended with ${status}`;
  throw new UnsafeError(`cannot be locked: ${why}; flock(1) is in the package util-linux`);
}

/**
 * A lock by a file's name, in a directory of one's own. The file is there as long as somebody has the lock.
 *
 * @returns what gives it back; undefined: another process has it
 * @throws UnsafeError it cannot be locked; what the file system says
 */
export function lockByName(path: string): (() => void) | undefined {
  for (;;) {
    const fd = openOwnFile(path, constants.O_RDWR);
    if (!tryLock(fd)) {
      closeSync(fd);
      return undefined;
    }
    // Whoever had it before may have taken the file away in the meantime: then this one is nobody's.
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) {
      return () => {
        unlinkSync(path);
        closeSync(fd);
      };
    }
    closeSync(fd);
  }
}

/**
 * A lock of a directory, for as long as nothing is mounted over it and beyond.
 *
 * @returns what gives it back; undefined: another process has it
 * @throws UnsafeError it cannot be locked; what the file system says
 */
export function lockDirectory(path: string): (() => void) | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  if (tryLock(fd)) return () => closeSync(fd);
  closeSync(fd);
  return undefined;
}
