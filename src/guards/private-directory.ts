// A directory that only this user can use, and files in it: nobody else can have made it, can look into it, or can put another one in its
// place. Everything that a process leaves for a later one of the same user is in such a directory.
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { kindOf, openRegular, ownUid, readKernelText, UnsafeError, withPin, writeAll } from "./safe-open.ts";
import { codeOf } from "./user-error.ts";

const OTHERS_MAY_WRITE = 0o022;
const GROUP_MAY_WRITE = 0o020;
const STICKY = 0o1000;
const ONLY_OWNER = 0o700;
const PERMISSIONS = 0o777;

/**
 * Make sure that a directory is there that only this user can enter. It is made if it is missing, with those above it.
 *
 * @returns its path without links
 * @throws UnsafeError somebody else could have made it, could enter it or replace it; what the file system says
 */
export function privateDirectory(path: string): string {
  const directory = ownDirectory(path);
  const fd = openSync(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if ((fstatSync(fd).mode & PERMISSIONS) !== ONLY_OWNER) fchmodSync(fd, ONLY_OWNER);
  } finally {
    closeSync(fd);
  }
  return directory;
}

/**
 * Make sure that a directory is there into which only this user can put anything. It is made if it is missing, for this user only.
 *
 * @returns its path without links
 * @throws UnsafeError somebody else could have put something in it, or could replace it; what the file system says
 */
export function ownDirectory(path: string): string {
  const directory = makeDirectory(resolve(path));
  checkOwn(lstatSync(directory));
  return directory;
}

/** @throws UnsafeError */
function checkOwn(stat: Stats): void {
  if (!stat.isDirectory()) throw new UnsafeError(`is ${kindOf(stat)}, not a directory`);
  if (stat.uid !== ownUid()) throw new UnsafeError(`belongs to another user (${stat.uid})`);
  if (isWritableByOthers(stat)) throw new UnsafeError("can be written by other users");
}

/** Makes a directory, if it is missing, in a place where nobody else can replace it. */
function makeDirectory(path: string): string {
  const parent = dirname(path);
  if (!existsSync(parent)) makeDirectory(parent);
  const directory = join(realpathSync.native(parent), basename(path));
  checkParents(directory);
  try {
    mkdirSync(directory, { mode: ONLY_OWNER });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  return directory;
}

/** @param path without links before its last name */
function checkParents(path: string): void {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const stat = lstatSync(directory);
    if (!isTrusted(stat.uid))
      throw new UnsafeError(`is below ${directory}, which belongs to another user (${stat.uid})`);
    if (isWritableByOthers(stat) && (stat.mode & STICKY) === 0)
      throw new UnsafeError(`is below ${directory}, where other users can put another in its place`);
    if (directory === dirname(directory)) return;
  }
}

/** A group with the same number as its user has no other members. */
function isWritableByOthers({ mode, uid, gid }: Stats): boolean {
  return (mode & (uid === gid ? OTHERS_MAY_WRITE & ~GROUP_MAY_WRITE : OTHERS_MAY_WRITE)) !== 0;
}

const isTrusted = (uid: number): boolean => uid === ownUid() || uid === 0 || isOutsideOfNamespace(uid);

/** In a user namespace all users outside of it, root too, have one number. Whoever made the namespace has checked them. */
function isOutsideOfNamespace(uid: number): boolean {
  const isNamespace = !/^ *0 +0 +4294967295$/m.test(readKernelText("/proc/self/uid_map"));
  return isNamespace && uid === Number(readKernelText("/proc/sys/kernel/overflowuid"));
}

/**
 * Open a file in a directory of the user's own, which others may read but not write. It is made if it is missing.
 *
 * @param flags O_RDWR and its like, perhaps with O_APPEND
 * @returns a descriptor
 * @throws UnsafeError somebody else could have put it there; what the file system says
 */
export function openOwnFile(path: string, flags: number): number {
  const parent = dirname(path);
  const link = lstatSync(parent);
  if (link.isSymbolicLink() && !isTrusted(link.uid)) throw new UnsafeError(`is a link of another user (${link.uid})`);
  return withPin(parent, true, (directory) => {
    checkOwn(directory.stat);
    const place = `${directory.path}/${basename(path)}`;
    try {
      return openRegular(place, flags, { uid: ownUid() });
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      return openSync(place, flags | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);
    }
  });
}

/**
 * Write a file in a directory of the user's own: whoever reads it finds the old text or the new one. A link or file that is there
 * is replaced, not written to.
 */
export function writeOwnFile(path: string, text: string): void {
  const fresh = `${path}.new${process.pid}`;
  rmSync(fresh, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeAll(fd, Buffer.from(text));
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
