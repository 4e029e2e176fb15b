// Files that a user has named: read as a whole, up to the limits that all readers have, and written so that nobody else decides where the
// text goes. A link is followed where it is the user's own; a pipe is taken if the process was started with it.
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { LONGEST_TEXT, MOST_LINES } from "../system/ap/limits.ts";
import { kindOf, openRegular, ownUid, readToEnd, UnsafeError } from "./safe-open.ts";

/** Names of what the process was started with, such as a pipe of the shell's. */
const INHERITED = /^(?:\/dev|\/proc\/self)\/(?:fd\/(\d+)|(stdin|stdout|stderr))$/;
const STANDARD: Readonly<Record<string, number>> = { stdin: 0, stdout: 1, stderr: 2 };
const NEWLINE = 0x0a;
const TOO_LONG = `is longer than ${LONGEST_TEXT} bytes, the most that is read`;

function inheritedDescriptor(path: string): number | undefined {
  const [, number, name] = INHERITED.exec(path) ?? [];
  if (number !== undefined) return Number(number);
  return name === undefined ? undefined : STANDARD[name];
}

/**
 * Read or look at a file that the user has named: a regular one, or what the process was started with.
 *
 * @throws UnsafeError it is something else; what the file system says
 */
export function withInput<T>(path: string, act: (fd: number) => T): T {
  const inherited = inheritedDescriptor(path);
  if (inherited !== undefined) return act(inherited);
  const fd = openRegular(path, constants.O_RDONLY, { isFollowed: true });
  try {
    return act(fd);
  } finally {
    closeSync(fd);
  }
}

/** @throws UnsafeError it is not a file, or too long; what the file system says */
export function readInput(path: string): Buffer {
  return withInput(path, (fd) => {
    if (fstatSync(fd).size > LONGEST_TEXT) throw new UnsafeError(TOO_LONG);
    return readToEnd(fd, LONGEST_TEXT);
  });
}

/**
 * Unpack what gzip has packed, but no more than is read.
 *
 * @throws UnsafeError it would be too long; what zlib says of one that is damaged
 */
export function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LONGEST_TEXT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw new UnsafeError(TOO_LONG);
    throw error;
  }
}

/** @throws UnsafeError it has more lines than are read */
export function textOf(bytes: Buffer): string {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  if (lines > MOST_LINES) throw new UnsafeError(`has more than ${MOST_LINES} lines, the most that are read`);
  return bytes.toString("utf8");
}

const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Write a text to a file that the user has named. What is there is replaced. In a directory that others may write, nothing is written to
 * what one of them has put there.
 *
 * @throws UnsafeError it is not a file, or another user's where others may write; what the file system says
 */
export function writeOutput(path: string, text: string): void {
  const inherited = inheritedDescriptor(path);
  const fd = inherited ?? openOutput(path);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } finally {
    if (inherited === undefined) closeSync(fd);
  }
}

function openOutput(path: string): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NOCTTY, O_TRUNC } = constants;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
  const isLink = there.isSymbolicLink();
  checkOwner(path, there);
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined) return openSync(path, O_WRONLY | O_CREAT, 0o666);
  // A terminal, or where everything vanishes.
  if (target.isCharacterDevice()) return openSync(path, O_WRONLY | O_NOCTTY);
  return openRegular(path, O_WRONLY | O_TRUNC, { isFollowed: isLink, ...(!isLink && { uid: there.uid }) });
}

/**
 * Make sure that a path that the user has named is no link of somebody else's, such as one in /tmp.
 *
 * @throws UnsafeError it is one; what the file system says
 */
export function checkLink(path: string): void {
  const there = lstatSync(path);
  if (there.isSymbolicLink()) checkOwner(path, there);
}

/** As the kernel does it, where it is told to (fs.protected_symlinks and its like). A link that can be exchanged is nobody's. */
function checkOwner(path: string, there: Stats): void {
  const { mode, uid } = statSync(dirname(path));
  if ((mode & OTHERS_MAY_WRITE) === 0) return;
  const isTrusted = there.uid === ownUid() || there.uid === 0 || there.uid === uid;
  if (isTrusted && !(there.isSymbolicLink() && (mode & STICKY) === 0)) return;
  throw new UnsafeError(`is ${kindOf(there)} of user ${there.uid}, in a directory where others may write`);
}
