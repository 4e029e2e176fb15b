// An error that a request of the kernel is answered with.
import { ERRNO as SYSFS_ERRNO } from "../../system/ap/errno.ts";

/** Those of sysfs, and those that only calls to a file system get. */
const ERRNO = { ...SYSFS_ERRNO, EINTR: 4, EFBIG: 27, ENOSPC: 28, ENOSYS: 38, ENODATA: 61 } as const;

export class FuseError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

export const fuseError = (errno: keyof typeof ERRNO): FuseError => new FuseError(ERRNO[errno]);

export const fail = (errno: keyof typeof ERRNO): never => {
  throw fuseError(errno);
};
