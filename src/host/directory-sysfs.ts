// The /sys of a real machine, or a copy of one, behind the interface that hosts in memory have: read, write, list, readlink.
import * as fs from "node:fs";
import { ERRNO, type Errno } from "../ap/errno.ts";
import { done, type Refusal, type Refused, type Result, refused } from "../ap/result.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";

const READ_LIMIT = 4095;
const READABLE = 0o444;
const WRITABLE = 0o222;
const NO_FILE = refused("ENOENT", "no-such-file");
const IS_A_DIRECTORY = refused("EISDIR", "is-a-directory");
const NOT_READABLE = refused("EACCES", "not-readable");
const NOT_WRITABLE = refused("EACCES", "not-writable");

/**
 * Paths stay below the root: `..` may lead up to it and not further, links are followed wherever they point. As sysfs does it,
 * and unlike other file systems, nobody reads a file without read permission or writes one without write permission, root
 * neither. A write is one call; on a real host one to `remove` does not return while a guest has the mdev.
 */
export function directorySysfs(root: string): Sysfs {
  const at = (path: string): Buffer | undefined => locate(root, path);
  return {
    read: (path) => attempt(at(path), "not-readable", readAttribute),
    write: (path, bytes) =>
      attempt(at(path), "not-writable", (file) => writeAttribute(file, Buffer.from(bytes, "latin1"))),
    list: (path) =>
      attempt(at(path), "not-readable", (directory) => done(fs.readdirSync(directory, { encoding: "latin1" }).sort())),
    readlink: (path) => attempt(at(path), "malformed", (link) => done(fs.readlinkSync(link, { encoding: "latin1" }))),
  };
}

/** Where a path of /sys is in the file system; undefined if it would be outside of the tree. */
function locate(root: string, path: string): Buffer | undefined {
  if (path.includes("\0")) return undefined;
  const file = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
  return path.split("/").includes("..") && !leadsBelow(root, path) ? undefined : file;
}

/** What a `..` is the parent of depends on the links before it, so the file system has to be asked. */
function leadsBelow(root: string, path: string): boolean {
  const steps = path.split("/");
  const lastUp = steps.lastIndexOf("..");
  try {
    // The other realpathSync takes steps up out of the text before it looks at links.
    const top = fs.realpathSync.native(root);
    const reached = fs.realpathSync.native(`${root}/${steps.slice(0, lastUp + 1).join("/")}`);
    return reached === top || reached.startsWith(top === "/" ? top : `${top}/`);
  } catch {
    return false;
  }
}

/** @param otherwise what is said of an error whose reason only the kernel knows: an errno is all that it answers */
function attempt<T>(
  file: Buffer | undefined,
  otherwise: Refusal["kind"],
  act: (file: Buffer) => Result<T>,
): Result<T> | Refused {
  if (file === undefined) return NO_FILE;
  try {
    return act(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return refusalOf(code, otherwise);
  }
}

/** Codes without a name of ours: the nearest one, or that something went wrong below. */
const NEAREST: Readonly<Record<string, Errno>> = {
  ELOOP: "ENOENT",
  ENAMETOOLONG: "ENOENT",
  EROFS: "EACCES",
  ENOTSUP: "EOPNOTSUPP",
};

/** An error of the file system as one of ours. */
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

function readAttribute(file: Buffer): Result<string> {
  const { mode } = fs.statSync(file);
  if ((mode & fs.constants.S_IFMT) === fs.constants.S_IFDIR) return IS_A_DIRECTORY;
  if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG || (mode & READABLE) === 0) return NOT_READABLE;
  const open = fs.openSync(file, fs.constants.O_RDONLY);
  try {
    const text = Buffer.alloc(READ_LIMIT);
    let length = 0;
    for (let count = 1; count > 0 && length < READ_LIMIT; length += count) {
      count = fs.readSync(open, text, length, READ_LIMIT - length, length);
    }
    return done(text.toString("latin1", 0, length));
  } finally {
    fs.closeSync(open);
  }
}

function writeAttribute(file: Buffer, bytes: Buffer) {
  const { mode } = fs.statSync(file);
  if ((mode & fs.constants.S_IFMT) === fs.constants.S_IFDIR) return IS_A_DIRECTORY;
  if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG || (mode & WRITABLE) === 0) return NOT_WRITABLE;
  // Sysfs takes no notice of O_TRUNC; in a copy of it the old text has to go, as a shell's > would have it. A write of nothing
  // changes nothing in sysfs, so there it is left out.
  const { O_WRONLY, O_TRUNC } = fs.constants;
  const open = fs.openSync(file, bytes.length === 0 ? O_WRONLY : O_WRONLY | O_TRUNC);
  try {
    const taken = bytes.length === 0 ? 0 : fs.writeSync(open, bytes);
    return done({ bytes: taken, outcome: "stored" as const });
  } finally {
    fs.closeSync(open);
  }
}
