// Files that a command writes for its user.
import { dirname } from "node:path";
import { type NewEntry, writeNewTree } from "../guards/new-tree.ts";
import { UnsafeError } from "../guards/safe-open.ts";
import { makeDirectories } from "../guards/trusted-path.ts";
import { codeOf, messageOf, UserError } from "../guards/user-error.ts";
import { writeOutput } from "../guards/user-files.ts";

const SENTENCES: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no directory ${dirname(path)}: make it first`,
  ENOTDIR: (path) => `${dirname(path)} is not a directory`,
  EISDIR: () => "is a directory: name a file in it",
  EACCES: () => "you may not write it",
  EPERM: () => "you may not write it",
  EROFS: () => "its file system is read only",
  ENOSPC: () => "no space is left for it",
};

/** @throws UserError that says why it cannot be written, and what helps */
export function writeText(path: string, text: string | Buffer, { makesDirectory = false } = {}): void {
  toldInOneLine(path, () => {
    if (makesDirectory) makeDirectories(dirname(path));
    writeOutput(path, text);
  });
}

/** A directory that is made anew. @throws UserError that says why it cannot be, and what helps */
export function writeTree(path: string, entries: readonly NewEntry[]): void {
  toldInOneLine(path, () => {
    makeDirectories(dirname(path));
    writeNewTree(path, entries);
  });
}

function toldInOneLine(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const [code, message] = [codeOf(error) ?? "", messageOf(error)];
    const isUnsafe = error instanceof UnsafeError;
    // The guard finds a directory before the file system can say EISDIR.
    const sentence = SENTENCES[isUnsafe && message.startsWith("is a directory") ? "EISDIR" : code]?.(path);
    throw new UserError(isUnsafe && sentence === undefined ? `${path} ${message}` : `${path}: ${sentence ?? message}`);
  }
}
