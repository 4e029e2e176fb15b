// The numbers of the FUSE kernel protocol, as far as a /sys needs them. Names are the kernel's. Next: frames.ts.

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

export const INIT_FLAG = { ATOMIC_O_TRUNC: 1 << 3, PARALLEL_DIROPS: 1 << 18 } as const;

export const OPEN_FLAG = { DIRECT_IO: 1 << 0, KEEP_CACHE: 1 << 1, CACHE_DIR: 1 << 3, NOFLUSH: 1 << 5 } as const;

/** Codes of messages that we send without being asked. */
export const NOTIFY = { POLL: 1, INVAL_INODE: 2, INVAL_ENTRY: 3, DELETE: 6 } as const;

/** File types and modes, as stat has them. */
export const MODE = { DIRECTORY: 0o040000, FILE: 0o100000, LINK: 0o120000 } as const;
/** The same types in directory entries. */
export const DIRENT = { DIRECTORY: 4, FILE: 8, LINK: 10 } as const;

/** Flags of open(2) on every architecture that Node runs on. */
export const O_ACCMODE = 3;

/** What poll(2) says of a file of sysfs that nobody has notified: readable and writable. */
export const POLL_DEFAULT = 0x0001 | 0x0004 | 0x0040 | 0x0100;

/** Longest write that is passed on as one: a page, which is all that sysfs takes. */
export const MAX_WRITE = 4096;
/** A request can be this long: header, structure, data, with room to spare. */
export const REQUEST_BUFFER = 65536 + 4096;

export const ROOT_ID = 1n;
export const IN_HEADER = 40;
export const OUT_HEADER = 16;
