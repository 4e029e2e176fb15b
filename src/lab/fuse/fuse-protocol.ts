// The numbers of the FUSE kernel protocol, as far as a /sys needs them. Names are the kernel's. Next: frames.ts.
import { constants } from "node:fs";

export const OP = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  POLL: 40,
  BATCH_FORGET: 42,
  READDIRPLUS: 44,
  RENAME2: 45,
} as const;

/** Protocol version that we speak: what every kernel since 5.4 understands. */
export const MAJOR = 7;
export const MINOR = 31;

export const INIT_FLAG = { ATOMIC_O_TRUNC: 1 << 3, PARALLEL_DIROPS: 1 << 18, INIT_EXT: 1 << 30 } as const;
/** Flags for which the first word has no room: bit n of them is bit n + 32. */
export const INIT_FLAG_2 = { NO_EXPORT_SUPPORT: 1 << 6 } as const;

export const OPEN_FLAG = { DIRECT_IO: 1 << 0, NOFLUSH: 1 << 5, PARALLEL_DIRECT_WRITES: 1 << 6 } as const;

/** Codes of messages that we send without being asked. */
export const NOTIFY = { DELETE: 6 } as const;

/** File types as stat has them. */
export const FILE_TYPE = { directory: 0o040000, attribute: 0o100000, link: 0o120000 } as const;
/** The same types in directory entries. */
export const DIRENT = { unknown: 0, directory: 4, attribute: 8, link: 10 } as const;

/** Flags of open(2) on every architecture that Node runs on. */
export const O_ACCMODE = 3;
/** This one differs from one to another. */
export const { O_DIRECT } = constants;

/** What poll(2) says of a file of sysfs that nobody has notified: readable and writable. */
export const POLL_DEFAULT = 0x0001 | 0x0004 | 0x0040 | 0x0100;
/** The same with POLLERR and POLLPRI: it has been notified, or is gone. */
export const POLL_NOTIFIED = POLL_DEFAULT | 0x0008 | 0x0002;

/**
 * Longest write that is passed on as one. sysfs takes a page and says so; only because more than a page reaches us can we say that
 * not all was taken, so that the kernel does not pass on the rest as a second write.
 */
export const MAX_WRITE = 8192;
/** A request can be this long: header, structure, data, with room to spare. */
export const REQUEST_BUFFER = 65536 + 4096;

export const ROOT_ID = 1;
export const IN_HEADER = 40;
export const OUT_HEADER = 16;
