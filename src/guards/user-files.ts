// Files that a user has named: read as a whole, up to the limits of all readers, and written so that nobody else decides where the
// text goes. A link is followed where it is the user's own; a pipe is taken if the process was started with it.
import { closeSync, constants, createReadStream, fstatSync, lstatSync, openSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { LONGEST_TEXT, MOST_LINES } from "../system/ap/limits.ts";
import { kindOf, openRegular, ownUid, readToEnd, UnsafeError, writeAll } from "./safe-open.ts";
import { withTrusted } from "./trusted-path.ts";
import { codeOf } from "./user-error.ts";

/** Names of files that the process was started with, such as a pipe of the shell. */
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
  const fd = openInput(path);
  try {
    return act(fd);
  } finally {
    closeSync(fd);
  }
}

/** @throws UnsafeError it is not a file; what the file system says */
const openInput = (path: string): number => withTrusted(path, (place) => openRegular(place, constants.O_RDONLY));

/** All of a file, piece by piece, for what is read on the way. @throws UnsafeError it is not a file; what the file system says */
export const inputStream = (path: string): Readable => createReadStream("", { fd: openInput(path) });

/** @throws UnsafeError it is not a file, or too long; what the file system says */
export function readInput(path: string): Buffer {
  return withInput(path, (fd) => {
    if (fstatSync(fd).size > LONGEST_TEXT) throw new UnsafeError(TOO_LONG);
    return readToEnd(fd, LONGEST_TEXT);
  });
}

/**
 * Unpack what gzip has packed, up to the limit for texts.
 *
 * @throws UnsafeError it would be too long; what zlib says of damaged data
 */
export function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LONGEST_TEXT });
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") throw new UnsafeError(TOO_LONG);
    throw error;
  }
}

/** @throws UnsafeError it has more lines than are read, or is in an encoding that is not read */
export function decodedText(bytes: Buffer): string {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  if (lines > MOST_LINES) throw new UnsafeError(`has more than ${MOST_LINES} lines, the most that are read`);
  const encoding = foreignEncoding(bytes);
  if (encoding !== undefined)
    throw new UnsafeError(`is ${encoding} text, and UTF-8 is read: convert it with iconv -f ${encoding} -t UTF-8`);
  const text = bytes.toString("utf8");
  // Some editors put a byte order mark before a text.
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** Marks of other encodings. That of UTF-32LE begins with that of UTF-16LE. */
const MARKS = [
  ["UTF-32", [0xff, 0xfe, 0, 0]],
  ["UTF-32", [0, 0, 0xfe, 0xff]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
] as const;

/** By its mark, or because every other byte of its first characters is zero, as it is in no text of UTF-8. */
function foreignEncoding(bytes: Buffer): string | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked) return marked[0];
  const [first, second, third, fourth] = bytes;
  if (first && second === 0 && third && fourth === 0) return "UTF-16LE";
  return first === 0 && second && third === 0 && fourth ? "UTF-16BE" : undefined;
}

const OTHERS_MAY_WRITE = 0o022;

/**
 * Write a text or bytes to a file that the user has named. What is there is replaced. In a directory that others may write, nothing is written to
 * what one of them has put there.
 *
 * @throws UnsafeError it is not a file, or another user's where others may write; what the file system says
 */
export function writeOutput(path: string, content: string | Buffer): void {
  const inherited = inheritedDescriptor(path);
  const fd = inherited ?? withTrusted(path, openOutput, { isWritten: true });
  try {
    writeAll(fd, typeof content === "string" ? Buffer.from(content) : content);
  } finally {
    if (inherited === undefined) closeSync(fd);
  }
}

function openOutput(path: string): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NOCTTY, O_TRUNC } = constants;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
  checkOwner(path, there);
  // A terminal, or where everything vanishes.
  if (there.isCharacterDevice()) return openSync(path, O_WRONLY | O_NOCTTY | O_NOFOLLOW);
  return openRegular(path, O_WRONLY | O_TRUNC, { uid: there.uid });
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

/** As the kernel does it, where it is told to (fs.protected_regular and its like). */
function checkOwner(path: string, there: Stats): void {
  const { mode, uid } = statSync(dirname(path));
  if ((mode & OTHERS_MAY_WRITE) === 0) return;
  if ([ownUid(), 0, uid].includes(there.uid)) return;
  throw new UnsafeError(`is ${kindOf(there)} of user ${there.uid}, in a directory where others may write`);
}
