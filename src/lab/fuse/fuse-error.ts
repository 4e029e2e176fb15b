// An error that a request of the kernel is answered with.
import { ERRNO, type Errno } from "../../system/ap/errno.ts";

export class FuseError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

export const fail = (errno: Errno): never => {
  throw new FuseError(ERRNO[errno]);
};
