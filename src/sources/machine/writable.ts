// Whether what is to be written can be: asked of the file system before the first write, so that none is made if a later one cannot be.

import { accessSync, constants, existsSync } from "node:fs";
import { checkRegular, UnsafeError } from "../../guards/safe-open.ts";
import { isLive, OutsideError, SafeTree } from "../../guards/safe-path.ts";
import { codeOf, messageOf } from "../../guards/user-error.ts";

/** Not a copy of a /sys, in which nothing would come of it. What is not a directory, such as lab:NAME, is none either. */
export const isCopy = (from: string): boolean => existsSync(from) && !isLive(from);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied: become root",
  EPERM: "permission denied: become root",
  EROFS: "its file system is mounted read-only: mount it for writing",
};

/**
 * What is in the way of the first of these files that cannot be written; undefined if nothing is.
 *
 * @param paths below the root. Those that are not there are left out: what comes before may make them
 */
export function obstacleToWriting(root: string, paths: Iterable<string>): string | undefined {
  const tree = new SafeTree(root);
  for (const path of new Set(paths)) {
    try {
      tree.pin(path, (pin) => {
        checkRegular(pin.stat);
        accessSync(pin.path, constants.W_OK);
      });
    } catch (error) {
      if (error instanceof OutsideError || error instanceof UnsafeError) return `${root}/${path} ${error.message}`;
      const [code, message] = [codeOf(error) ?? "", messageOf(error)];
      if (code !== "ENOENT") return `${root}/${path}: ${REASONS[code] ?? message}`;
    }
  }
  return undefined;
}
