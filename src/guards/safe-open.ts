// Opens a file in a place that others may have prepared. The file is pinned first, which opens nothing: no pipe waits, no device acts,
// no link is followed. The pinned file is checked, and only then opened, so nobody can exchange it in between.
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats, writeSync } from "node:fs";
import { codeOf } from "./user-error.ts";

/** The thing at the path may not be opened. The message follows the path in a sentence. */
export class UnsafeError extends Error {}

/** Linux's O_PATH, which Node does not name; 32-bit SPARC, Alpha and PA-RISC have other numbers, and no Node. */
export const O_PATH = 0o10000000;

/** A file held without being open. */
export interface Pin {
  readonly stat: Stats;
  /** Where it is in the file system, with all links resolved, one character for each byte. */
  location(): string;
  /** A path for system calls, valid as long as it is pinned. */
  readonly path: string;
}

/**
 * Hold what a path leads to while `act` uses it.
 *
 * @param isFollowed whether a link in the last place is followed; links before it always are
 * @throws what the file system says, such as ENOENT
 */
export function withPin<T>(path: string | Buffer, isFollowed: boolean, act: (pin: Pin) => T): T {
  const fd = openSync(path, O_PATH | (isFollowed ? 0 : constants.O_NOFOLLOW));
  try {
    const own = `/proc/self/fd/${fd}`;
    return act({ stat: fstatSync(fd), path: own, location: () => readlinkSync(own, { encoding: "latin1" }) });
  } finally {
    closeSync(fd);
  }
}

/** The kind of a file, for people. */
export function kindOf(stat: Stats): string {
  if (stat.isSymbolicLink()) return "a link";
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a named pipe";
  if (stat.isSocket()) return "a socket";
  return stat.isFile() ? "a file" : "a device";
}

/** @throws UnsafeError */
export function checkRegular(stat: Stats): void {
  if (!stat.isFile()) throw new UnsafeError(`is ${kindOf(stat)}, not a regular file`);
}

/** The user who owns the files that this process makes. */
export const ownUid = (): number => process.geteuid?.() ?? 0;

/** @throws UnsafeError */
function checkOwner(stat: Stats, uid: number): void {
  if (stat.uid !== uid) throw new UnsafeError(`belongs to another user (${stat.uid})`);
  if (stat.nlink > 1) throw new UnsafeError("has a second name somewhere");
}

export interface Expected {
  /** It must belong to this user, and have no other name: with a second name it may be a file that this user keeps elsewhere. */
  readonly uid?: number;
  /** A link in the last place is followed, as for a file that the user has named. */
  readonly isFollowed?: boolean;
}

/**
 * Open a regular file that is there.
 *
 * @param flags O_RDONLY, O_WRONLY or O_RDWR, perhaps with O_APPEND or O_TRUNC
 * @returns a descriptor, for the caller to close
 * @throws UnsafeError it is something else, or another user's; what the file system says
 */
export function openRegular(path: string, flags: number, { uid, isFollowed = false }: Expected = {}): number {
  return withPin(path, isFollowed, (pin) => {
    checkRegular(pin.stat);
    if (uid !== undefined) checkOwner(pin.stat, uid);
    return openSync(pin.path, flags | constants.O_NONBLOCK | constants.O_NOCTTY);
  });
}

/** In bytes; lists of mounts are long. */
const LONGEST_KERNEL_TEXT = 1 << 24;
/** Milliseconds. */
const PAUSE = 10;
/** Bytes that are read at once. */
const PIECE = 1 << 16;

/** All of it, in as many calls as it takes. @throws what the file system says */
export function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/**
 * The rest of an open file, from its position on.
 *
 * @param limit in bytes
 * @throws UnsafeError there is more
 */
export function readToEnd(fd: number, limit: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, limit + 1 - length));
    const count = readPiece(fd, piece);
    if (count === 0) return Buffer.concat(pieces, length);
    length += count;
    if (length > limit) throw new UnsafeError(`is longer than ${limit} bytes`);
    pieces.push(piece.subarray(0, count));
  }
}

/** @returns bytes read; 0 at the end */
function readPiece(fd: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, piece, 0, piece.length, null);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      // Such as the log of the kernel, in which there may be more some day.
      if (fstatSync(fd).isFile()) throw new UnsafeError("has no end, and nothing to be read now");
      // Another process has made the pipe non-blocking, and it has nothing yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, PAUSE);
    }
  }
}

/** A text of the kernel, below /proc. One character for each byte. */
export const readKernelText = (path: string): string => readRegular(path, LONGEST_KERNEL_TEXT).toString("latin1");

/**
 * The content of a small regular file.
 *
 * @param limit in bytes
 * @throws UnsafeError it is something else, another user's, or longer; what the file system says
 */
export function readRegular(path: string, limit: number, expected: Expected = {}): Buffer {
  const fd = openRegular(path, constants.O_RDONLY, expected);
  try {
    return readToEnd(fd, limit);
  } finally {
    closeSync(fd);
  }
}
