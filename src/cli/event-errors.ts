// What the error of an event means, in a sentence: the lab answers with its name alone, as programs want it.
import type { Errno } from "../system/ap/errno.ts";
import { shellWord } from "../system/ap/quoted.ts";
import type { Operation } from "../system/trace/operation.ts";

/** The words of strerror(3). */
const MEANING: Readonly<Record<Errno, string>> = {
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  EIO: "input/output error",
  EBADF: "bad file descriptor",
  EAGAIN: "resource temporarily unavailable",
  EACCES: "permission denied",
  EFAULT: "bad address",
  EBUSY: "device or resource busy",
  EEXIST: "file exists",
  ENODEV: "no such device",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  EINVAL: "invalid argument",
  ERANGE: "numerical result out of range",
  EUSERS: "too many users",
  EOPNOTSUPP: "operation not supported",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
};

type Reasons = Readonly<Partial<Record<Errno, string>>>;

const NOT_OPEN = "this guest does not have this mdev open";

/** Where an error of an operation has one cause. Writes have many: explain-write tells them. */
const REASONS: Readonly<Partial<Record<Operation["op"], Reasons>>> = {
  open: {
    ENODEV: "there is no mdev of this UUID, or it is being removed",
    EBUSY: "this mdev is open already",
    EPERM: "this guest has another mdev open",
    EINVAL: "this kernel wants a virtual machine when an mdev is opened",
  },
  close: { EBADF: NOT_OPEN },
  reset: { EBADF: NOT_OPEN, EIO: "the reset of a queue failed", EBUSY: "the reset of a queue failed" },
  unmap: { EBADF: NOT_OPEN },
  eventfd: { EBADF: NOT_OPEN, EINVAL: "this kernel has no such interrupt of the device" },
  aqic: { EBADF: "this guest has no mdev open" },
  request: { ENODEV: "no removal of this mdev waits for a guest" },
};

/**
 * @param lab its name, for a command that says more
 * @returns one line
 */
export function errorInWords(operation: Operation, errno: Errno, lab: string): string {
  const reason = REASONS[operation.op]?.[errno];
  const why = reason ?? (operation.op === "write" ? writeHelp(operation.path, operation.value, lab) : undefined);
  return `${errno} (${MEANING[errno]})${why === undefined ? "" : `: ${why}`}`;
}

const writeHelp = (path: string, value: string, lab: string): string =>
  `"apmatrix explain-write --from lab:${lab} -- ${path} ${shellWord(value.replace(/\n$/, ""))}" says why`;
