// A file without a name, for what needs no memory and nobody else may see: its space is given back when the process ends, however it does.
import { constants, openSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
