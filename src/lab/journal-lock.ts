// Two labs must not write one journal. A lock of the kernel's says whose it is, and ends with the process however that ends; the
// file that it is on holds the process's number, for the sentence that the other one is told.
import { closeSync, constants, ftruncateSync, mkdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "../guards/file-lock.ts";
import { openOwnFile } from "../guards/private-directory.ts";
import { readToEnd, UnsafeError } from "../guards/safe-open.ts";
import { LabError, reasonOf } from "./lab-error.ts";

const FILE = "lock";
/** Bytes of a process's number, and a few. */
const LONGEST_NUMBER = 64;

/**
 * @returns what to close in order to give the lock back
 * @throws LabError the directory cannot be made, or is another lab's
 */
export function lockDirectory(directory: string): number {
  const path = join(directory, FILE);
  let fd: number;
  try {
    mkdirSync(directory, { recursive: true });
    fd = openOwnFile(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    throw new LabError(`journal directory ${directory} cannot be used: ${reasonOf(error)}`);
  }
  let isOurs: boolean;
  try {
    isOurs = tryLock(fd);
  } catch (error) {
    closeSync(fd);
    throw new LabError(`journal ${directory} ${reasonOf(error)}`);
  }
  const holder = holderOf(directory, fd);
  if (isOurs) {
    try {
      ftruncateSync(fd, 0);
      writeSync(fd, `${process.pid}\n`);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw new LabError(`journal ${directory} cannot be locked: ${reasonOf(error)}`);
    }
  }
  closeSync(fd);
  throw new LabError(`journal ${directory} is in use by process ${holder}; stop that lab, or use another directory`);
}

/** The number of the process that has or had it; nothing in a new one. A file that holds anything else is not a lock of ours. */
function holderOf(directory: string, fd: number): string {
  try {
    const text = readToEnd(fd, LONGEST_NUMBER).toString("latin1");
    if (/^(?:\d+\n)?$/.test(text)) return text.trim();
    throw new UnsafeError("is not a lock of a journal");
  } catch (error) {
    closeSync(fd);
    throw new LabError(`journal directory ${directory} cannot be used: ${FILE} in it ${reasonOf(error)}`);
  }
}
