// Whether files can be written: the file system is asked before the first write, so that nothing is written if a later write is impossible.

import { accessSync, constants, existsSync } from "node:fs";
import { checkRegular, UnsafeError } from "../../guards/safe-open.ts";
import { isLive, OutsideError, SafeTree } from "../../guards/safe-path.ts";
import { codeOf, messageOf } from "../../guards/user-error.ts";

/** Whether it is a copy of a /sys, where writes have no effect. A source that is not a directory, such as lab:NAME, is not a copy. */
export const isCopy = (from: string): boolean => existsSync(from) && !isLive(from);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied: become root",
  EPERM: "permission denied: become root",
  EROFS: "its file system is mounted read-only: mount it for writing",
};

/**
 * Why the first of these files that cannot be written cannot; undefined if all can be written.
 *
 * @param paths below the root; missing files are skipped, because earlier writes may make them
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
