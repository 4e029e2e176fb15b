// Two labs must not write one journal. A lock of the kernel keeps it for one process and ends with that process, however it ends. The
// locked file holds the process's number, for the message to the other lab.

import { closeSync, constants, ftruncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "../guards/file-lock.ts";
import { openOwnFile } from "../guards/private-directory.ts";
import { readToEnd, UnsafeError } from "../guards/safe-open.ts";
import { makeDirectories } from "../guards/trusted-path.ts";
import { reasonOf, UserError } from "../guards/user-error.ts";

const FILE = "lock";
/** Bytes: enough for a process's number. */
const LONGEST_NUMBER = 64;

/**
 * @returns the descriptor to close in order to give the lock back
 * @throws UserError the directory cannot be made, or is another lab's
 */
export function lockJournal(directory: string): number {
  const path = join(directory, FILE);
  let fd: number;
  try {
    makeDirectories(directory);
    fd = openOwnFile(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    throw new UserError(`journal directory ${directory} cannot be used: ${reasonOf(error)}`);
  }
  let isOurs: boolean;
  try {
    isOurs = tryLock(fd);
  } catch (error) {
    closeSync(fd);
    throw new UserError(`journal ${directory} ${reasonOf(error)}`);
  }
  const holder = holderOf(directory, fd);
  if (isOurs) {
    try {
      ftruncateSync(fd, 0);
      writeSync(fd, `${process.pid}\n`);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw new UserError(`journal ${directory} cannot be locked: ${reasonOf(error)}`);
    }
  }
  closeSync(fd);
  throw new UserError(`journal ${directory} is in use by process ${holder}; stop that lab, or use another directory`);
}

/** The number of the process that has or had the lock; empty in a new file. A file that holds anything else is not our lock. */
function holderOf(directory: string, fd: number): string {
  try {
    const text = readToEnd(fd, LONGEST_NUMBER).toString("latin1");
    if (/^(?:\d+\n)?$/.test(text)) return text.trim();
    throw new UnsafeError("is not a lock of a journal");
  } catch (error) {
    closeSync(fd);
    throw new UserError(`journal directory ${directory} cannot be used: ${FILE} in it ${reasonOf(error)}`);
  }
}
