// Finds, reads and unpacks files that a user names on the command line. Directories are searched for files that a command can read.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UnsafeError } from "../guards/safe-open.ts";
import { codeOf, messageOf, UserError } from "../guards/user-error.ts";
import { decodedText, readInput, unpack } from "../guards/user-files.ts";

const reasonOf = (error: unknown): string => {
  const code = codeOf(error);
  if (code === "ENOENT") return "no such file or directory";
  if (code === "EACCES") return "permission denied";
  return messageOf(error);
};

export const isDirectory = (path: string): boolean =>
  attempt(path, () => statSync(path, { throwIfNoEntry: false }))?.isDirectory() === true;

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UserError(error instanceof UnsafeError ? `${path} ${error.message}` : `${path}: ${reasonOf(error)}`);
  }
}

/** Text of a file, unpacked if its name ends in .gz. @throws UserError */
export function readText(path: string): string {
  const bytes = attempt(path, () => readInput(path));
  return attempt(path, () => decodedText(path.endsWith(".gz") ? unpack(bytes) : bytes));
}

/**
 * The named files, and the files in or below the named directories whose names end in one of these, sorted.
 *
 * @throws UserError if one is not there, or a directory has none
 */
export function findFiles(paths: readonly string[], endings: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (!attempt(path, () => statSync(path)).isDirectory()) return [path];
    const found = filesBelow(path).filter((file) => endings.some((ending) => file.endsWith(ending)));
    if (found.length === 0) throw new UserError(`${path}: no file here ends in ${endings.join(", ")}`);
    return found;
  });
}

/** Sorted. Links to directories are not followed: in a /sys they lead in circles. */
export function filesBelow(directory: string): readonly string[] {
  const entries = attempt(directory, () => readdirSync(directory, { withFileTypes: true }));
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
