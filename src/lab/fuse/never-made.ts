// Requests to make, name or move files, of which sysfs takes none: a file comes with its object. Which error each gets.
import type { Errno } from "../../system/ap/errno.ts";
import type { Request } from "./frames.ts";
import { OP } from "./fuse-protocol.ts";

const TYPE = 0o170000;
const REGULAR = 0o100000;

/** @returns undefined for a request that is about something else */
export function whyNotMade({ opcode, body }: Request): Errno | undefined {
  switch (opcode) {
    case OP.CREATE:
      return "EACCES";
    case OP.MKNOD:
      // A regular file is made in another way than a device, and that way is not there at all.
      return (body.u32(0) & TYPE) === REGULAR ? "EACCES" : "EPERM";
    case OP.RENAME2:
      // The kernel sends it only with flags, and sysfs knows none.
      return "EINVAL";
    case OP.MKDIR:
    case OP.SYMLINK:
    case OP.LINK:
    case OP.UNLINK:
    case OP.RMDIR:
    case OP.RENAME:
      return "EPERM";
    default:
      return undefined;
  }
}
