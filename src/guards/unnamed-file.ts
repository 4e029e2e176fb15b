// What a process keeps for itself in the directory for temporary files: a file without a name, whose space is given back when the process
// ends, however it does; and a directory, for as long as something is done with it.
import { constants, mkdtempSync, openSync, rmdirSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf, UserError } from "./user-error.ts";

/**
 * Open for appending and reading.
 *
 * @returns a descriptor
 * @throws what the file system says of the directory for temporary files
 */
export function openUnnamed(): number {
  const path = join(tmpdir(), `apmatrix-${process.pid}-${process.hrtime.bigint()}`);
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  unlinkSync(path);
  return fd;
}

/**
 * Have an empty directory of one's own while something is done with it. It has to be empty again in the end: what is mounted there is
 * never removed with it.
 *
 * @throws UserError it cannot be made
 */
export async function withTemporaryDirectory<T>(act: (path: string) => Promise<T>): Promise<T> {
  let path: string;
  try {
    path = mkdtempSync(join(tmpdir(), "apmatrix-"));
  } catch (error) {
    throw new UserError(`no directory can be made in ${tmpdir()}: ${codeOf(error)}; set TMPDIR to another`);
  }
  try {
    return await act(path);
  } finally {
    try {
      rmdirSync(path);
    } catch {
      // Something is still mounted there, and is not ours to remove.
    }
  }
}
