// The /sys of a real machine, or a copy of one, with the interface that hosts in memory have: read, write, list, readlink.

import { kindOf, type Pin } from "../guards/safe-open.ts";
import { OutsideError, readPinned, SafeTree, writePinned } from "../guards/safe-path.ts";
import { codeOf } from "../guards/user-error.ts";
import { ERRNO, type Errno } from "../system/ap/errno.ts";
import { done, type Refusal, type Refused, type Result, refused } from "../system/ap/result.ts";
import type { Sysfs, Written } from "../system/sysfs/sysfs.ts";

const READ_LIMIT = 4095;
const READABLE = 0o444;
const WRITABLE = 0o222;
const PERMISSIONS = 0o777;
const NO_FILE = refused("ENOENT", "no-such-file");
const IS_A_DIRECTORY = refused("EISDIR", "is-a-directory");
const NOT_READABLE = refused("EACCES", "not-readable");
const LEADS_OUT = "is a link that leads out of the tree";
const NOT_WRITABLE = refused("EACCES", "not-writable");

/**
 * All that a path reaches lies below the root (guards/safe-path.ts). As in sysfs, and unlike other file systems, not even root can read a
 * file without read permission or write one without write permission. A write is one call; on a real host, a write to `remove` does not
 * return while a guest has the mdev.
 */
export function directorySysfs(root: string): Sysfs {
  const tree = new SafeTree(root);
  return {
    read: (path) => attempt(path, "not-readable", () => tree.pin(path, readAttribute)),
    write: (path, bytes) => attempt(path, "not-writable", () => writeAttribute(tree, path, bytes)),
    list: (path) => attempt(path, "not-readable", () => done(tree.list(path).sort())),
    readlink: (path) => attempt(path, "malformed", () => done(tree.readlink(path))),
    modeOf(path) {
      const mode = attempt(path, "not-readable", () => tree.pin(path, ({ stat }) => done(stat.mode & PERMISSIONS)));
      return mode.ok ? mode.value : undefined;
    },
  };
}

/** @param otherwise the kind of refusal for an error of which only the errno is known */
function attempt<T>(path: string, otherwise: Refusal["kind"], act: () => Result<T>): Result<T> | Refused {
  try {
    return act();
  } catch (error) {
    // A path that leads out of the tree does not exist; a link that leads out exists, but cannot be read.
    if (error instanceof OutsideError) {
      if (path.includes("..") || path.includes("\0")) return NO_FILE;
      return refused("EACCES", otherwise === "not-readable" ? { kind: otherwise, found: LEADS_OUT } : otherwise);
    }
    const code = codeOf(error);
    if (code === undefined) throw error;
    return refusalOf(code, otherwise);
  }
}

/** Codes that have no name among ours, with the nearest one that has. */
const NEAREST: Readonly<Record<string, Errno>> = {
  ELOOP: "ENOENT",
  ENAMETOOLONG: "ENOENT",
  EROFS: "EACCES",
  ENOTSUP: "EOPNOTSUPP",
};

/** An error of the file system as a refusal of sysfs. */
export function refusalOf(code: string, otherwise: Refusal["kind"]): Refused {
  const errno = Object.hasOwn(ERRNO, code) ? (code as Errno) : (NEAREST[code] ?? "EIO");
  switch (errno) {
    case "ENOENT":
      return NO_FILE;
    case "ENOTDIR":
      return refused(errno, "not-a-directory");
    case "EISDIR":
      return IS_A_DIRECTORY;
    default:
      return refused(errno, otherwise);
  }
}

function readAttribute(pin: Pin): Result<string> {
  const { stat } = pin;
  if (stat.isDirectory()) return IS_A_DIRECTORY;
  if (!stat.isFile()) return refused("EACCES", { kind: "not-readable", found: `is ${kindOf(stat)}` });
  if ((stat.mode & READABLE) === 0) return NOT_READABLE;
  return done(readPinned(pin, READ_LIMIT).toString("latin1"));
}

/** One call, in this process. @throws OutsideError; what the file system says */
export function writeAttribute(tree: SafeTree, path: string, text: string): Result<Written> {
  return tree.pin(path, (pin) => {
    if (pin.stat.isDirectory()) return IS_A_DIRECTORY;
    if (!pin.stat.isFile() || (pin.stat.mode & WRITABLE) === 0) return NOT_WRITABLE;
    return done({ bytes: writePinned(pin, Buffer.from(text, "latin1")), outcome: "stored" as const });
  });
}
