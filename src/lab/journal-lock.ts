// Two labs must not write one journal. A lock of the kernel's says whose it is, and ends with the process however that ends; the
// file that it is on holds the process's number, for the sentence that the other one is told.
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LabError, reasonOf } from "./lab-error.ts";

const FILE = "lock";
/** What flock(1) ends with when another one has the lock. */
const TAKEN = 1;

/**
 * @returns what to close in order to give the lock back
 * @throws LabError the directory cannot be made, or is another lab's
 */
export function lockDirectory(directory: string): number {
  const path = join(directory, FILE);
  let fd: number;
  try {
    mkdirSync(directory, { recursive: true });
    fd = openSync(path, "a+");
  } catch (error) {
    throw new LabError(`journal directory ${directory} cannot be used: ${reasonOf(error)}`);
  }
  // The lock belongs to the open file, which is ours as well: it stays when flock(1) has ended.
  const { status, error } = spawnSync("flock", ["--nonblock", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
  if (status === 0) {
    ftruncateSync(fd, 0);
    writeSync(fd, `${process.pid}\n`);
    return fd;
  }
  const holder = readFileSync(path, "utf8").trim();
  closeSync(fd);
  if (status === TAKEN) {
    throw new LabError(`journal ${directory} is in use by process ${holder}; stop that lab, or use another directory`);
  }
  const why = error ? reasonOf(error) : `flock ended with ${status}`;
  throw new LabError(`journal ${directory} cannot be locked: ${why}; flock(1) is in the package util-linux`);
}
