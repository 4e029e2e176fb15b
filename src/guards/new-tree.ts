// A directory that a user has named, filled with new files: whatever its content says, all of it is below that directory, nothing that is
// there is changed, and nobody else can put anything in between. All of it is made, or none.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { kindOf, ownUid, UnsafeError, writeAll } from "./safe-open.ts";
import { withTrusted } from "./trusted-path.ts";
import { codeOf } from "./user-error.ts";

/** Paths are below the directory, one character for each byte; a directory comes before what is in it. */
export type NewEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly text: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const OTHERS_MAY_WRITE = 0o022;
const DIRECTORY_MODE = 0o755;

/**
 * @param path a directory that is not there, or is empty and the user's own
 * @throws UnsafeError it is something else; what the file system says
 */
export function writeNewTree(path: string, entries: readonly NewEntry[]): void {
  checkPaths(entries);
  withTrusted(
    path,
    (place) => {
      const isNew = makeIfMissing(place);
      const directory = openSync(place, constants.O_DIRECTORY | constants.O_NOFOLLOW);
      try {
        if (isNew) fchmodSync(directory, DIRECTORY_MODE);
        checkEmpty(directory);
        fill(`/proc/self/fd/${directory}`, entries);
      } catch (error) {
        if (isNew) rmdirSync(place);
        throw error;
      } finally {
        closeSync(directory);
      }
    },
    { isWritten: true },
  );
}

/** Each is in a directory of the same tree, so that no link is on the way. */
function checkPaths(entries: readonly NewEntry[]): void {
  const directories = new Set([""]);
  for (const { kind, path } of entries) {
    checkPath(path);
    const above = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    if (!directories.has(above))
      throw new UnsafeError(`would hold ${JSON.stringify(path)}, which is in no directory of the tree`);
    if (kind === "directory") directories.add(path);
  }
}

function checkPath(path: string): void {
  const isPlain = path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
  if (!isPlain || path.includes("\0"))
    throw new UnsafeError(`would hold ${JSON.stringify(path)}, which is no plain path`);
}

function makeIfMissing(place: string): boolean {
  try {
    mkdirSync(place, { mode: DIRECTORY_MODE });
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const there = lstatSync(place);
  if (!there.isDirectory()) throw new UnsafeError(`is ${kindOf(there)}, not a directory`);
  return false;
}

function checkEmpty(directory: number): void {
  const { uid, mode } = fstatSync(directory);
  if (uid !== ownUid()) throw new UnsafeError(`belongs to another user (${uid})`);
  if ((mode & OTHERS_MAY_WRITE) !== 0) throw new UnsafeError("can be written by other users");
  if (readdirSync(`/proc/self/fd/${directory}`).length > 0)
    throw new UnsafeError("is not empty: name a directory that is not there");
}

/** The directory is empty and nobody else can write in it, so all that is in it is what is made here. */
function fill(root: string, entries: readonly NewEntry[]): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const made: (() => void)[] = [];
  try {
    for (const entry of entries) {
      const place = Buffer.from(`${root}/${entry.path}`, "latin1");
      switch (entry.kind) {
        case "directory":
          mkdirSync(place);
          made.push(() => rmdirSync(place));
          // Whatever is usual for this user.
          chmodSync(place, DIRECTORY_MODE);
          break;
        case "link":
          symlinkSync(Buffer.from(entry.target, "latin1"), place);
          made.push(() => unlinkSync(place));
          break;
        case "file": {
          const fd = openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
          made.push(() => unlinkSync(place));
          try {
            writeAll(fd, Buffer.from(entry.text, "latin1"));
            fchmodSync(fd, entry.mode);
          } finally {
            closeSync(fd);
          }
        }
      }
    }
  } catch (error) {
    for (const undo of made.reverse()) undo();
    throw error;
  }
}
