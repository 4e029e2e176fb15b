// Locks of the kernel: a process keeps one until it ends, however it ends. Node cannot take them, but flock(1) can: the lock
// belongs to the open file, which this process shares, so it stays when flock(1) has ended.
import { spawnSync } from "node:child_process";
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from "node:fs";
import { openOwnFile } from "./private-directory.ts";
import { UnsafeError } from "./safe-open.ts";
import { reasonOf } from "./user-error.ts";

/** What flock(1) ends with when another process has the lock. */
const TAKEN = 1;

/**
 * @param fd of an open file or directory
 * @returns whether this process has its lock now; false: another process has it
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
 * A lock by a file's name, in a directory of the user's own. The file exists as long as somebody has the lock.
 *
 * @returns a function that releases it; undefined: another process has it
 * @throws UnsafeError it cannot be locked; what the file system says
 */
export function lockByName(path: string): (() => void) | undefined {
  for (;;) {
    const fd = openOwnFile(path, constants.O_RDWR);
    if (!tryLock(fd)) {
      closeSync(fd);
      return undefined;
    }
    // The last holder may have removed the file in the meantime: then this lock is on a file without a name.
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
 * A lock of a directory. It stays when something is mounted over the directory.
 *
 * @returns a function that releases it; undefined: another process has it
 * @throws UnsafeError it cannot be locked; what the file system says
 */
export function lockDirectory(path: string): (() => void) | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  if (tryLock(fd)) return () => closeSync(fd);
  closeSync(fd);
  return undefined;
}
