// Several files below a root that change together: all of them, or none. Each text is written beside its place first; only when all are
// there they are put in place, and if one cannot be, what was there before comes back.
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { checkRegular, UnsafeError, writeAll } from "./safe-open.ts";

export interface FileChange {
  /** Below the root. */
  readonly path: string;
  /** Undefined: it goes. */
  readonly text: string | undefined;
}

/** A place that cannot be written to; the message names it. */
export class UnwritableError extends Error {}

/**
 * Look whether all can be changed, and change nothing.
 *
 * @throws UnwritableError a link or something else than a file lies there, or a directory leads out of the root
 */
export function checkReplaceable(root: string, paths: readonly string[]): void {
  // A lab's root is made when it is needed.
  if (!existsSync(root)) return;
  for (const path of paths) {
    const place = join(root, path);
    try {
      const there = lstatSync(place, { throwIfNoEntry: false });
      if (there) checkRegular(there);
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      if (error instanceof UnsafeError) throw new UnwritableError(`${place} ${message}`);
      throw new UnwritableError(`${place}: ${REASONS[code] ?? message}`);
    }
    const directory = nearest(dirname(place));
    const [top, inside] = [realpathSync(root), realpathSync(directory)];
    if (inside !== top && !inside.startsWith(top.endsWith("/") ? top : `${top}/`))
      throw new UnwritableError(`${directory} leads out of ${root}`);
  }
}

const nearest = (directory: string): string => (existsSync(directory) ? directory : nearest(dirname(directory)));

/**
 * Directories that are not there are made.
 *
 * @throws UnwritableError why nothing was changed; what the file system says of a change that could not be taken back
 */
export function replaceFiles(root: string, changes: readonly FileChange[]): void {
  checkReplaceable(
    root,
    changes.map(({ path }) => path),
  );
  const undo: (() => void)[] = [];
  const beside = (path: string, at: number, word: string): string =>
    join(root, dirname(path), `.apmatrix-${process.pid}-${at}.${word}`);
  const left: string[] = [];
  try {
    for (const [at, { path, text }] of changes.entries()) {
      if (text === undefined) continue;
      const made = mkdirSync(join(root, dirname(path)), { recursive: true });
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true }));
      left.push(beside(path, at, "new"));
      writeNew(beside(path, at, "new"), text);
    }
    for (const [at, { path, text }] of changes.entries()) {
      const place = join(root, path);
      const old = beside(path, at, "old");
      const wasThere = existsSync(place);
      if (wasThere) {
        linkSync(place, old);
        left.push(old);
      }
      if (text === undefined) rmSync(place, { force: true });
      else renameSync(beside(path, at, "new"), place);
      undo.push(() => (wasThere ? renameSync(old, place) : rmSync(place, { force: true })));
    }
  } catch (error) {
    const { code, message, path = "" } = error as NodeJS.ErrnoException;
    for (const back of undo.reverse()) back();
    if (code === undefined) throw error;
    throw new UnwritableError(`${path === "" ? root : dirname(path)}: ${REASONS[code] ?? message}`);
  } finally {
    for (const file of left) rmSync(file, { force: true });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "its file system is read-only",
  ENOSPC: "no space is left",
  ENOTDIR: "a file is in the place of a directory",
  EEXIST: "a file is in the place of a directory",
};

function writeNew(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    writeAll(fd, Buffer.from(text));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
