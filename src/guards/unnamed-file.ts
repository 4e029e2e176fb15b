// A file without a name, which takes no memory and which nobody else can see. Its space is freed when the process ends, however it ends.
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
