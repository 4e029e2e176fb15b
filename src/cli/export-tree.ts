// apmatrix export tree: a static copy of a host's /sys, for tests of programs that read it.
import { gzipSync } from "node:zlib";
import { UserError } from "../guards/user-error.ts";
import { openNamed } from "../sources/open-host.ts";
import { staticTree } from "../sources/static-tree.ts";
import { tarOf } from "../sources/tar-writer.ts";
import { usable } from "../sources/usable.ts";
import { hostSysfs } from "../system/sysfs/sysfs.ts";
import { chosenProfile } from "./choices.ts";
import type { ExportCommandOptions } from "./export-command.ts";
import { writeText, writeTree } from "./output-files.ts";

/** The directory in a tar that holds the tree. */
const TOP = "sys";
/** Where a gzip header says on which system it was packed; this value means that nobody says. */
const SYSTEM_AT = 9;
const UNKNOWN_SYSTEM = 255;

const OTHERS = ["steps", "out", "auto", "relative"] as const;

/**
 * @param path of the directory or the tar
 * @returns warnings
 * @throws UserError options or a source that cannot be used, or the path cannot be written
 */
export async function exportTree(path: string | undefined, options: ExportCommandOptions): Promise<readonly string[]> {
  if (path === undefined) {
    const example = options.tar ? "sys.tar.gz" : "sys";
    throw new UserError(`tree is written to a path: "apmatrix export tree ${options.tar ? "--tar " : ""}${example}"`);
  }
  const other = options.mdev.length > 0 ? "mdev" : OTHERS.find((name) => options[name] !== undefined);
  if (other !== undefined) throw new UserError(`--${other} is not about a tree, which is a whole /sys`);
  const { value: source, warnings } = usable(await openNamed(options.from, chosenProfile(options), options.domains));
  const { entries, warnings: told } = staticTree(source.host ? hostSysfs(source.host) : source.sysfs);
  source.close();
  if (options.tar) writeText(path, packed(tarOf(entries, TOP), path), { makesDirectory: true });
  else writeTree(path, entries);
  return [...warnings, ...told.map((sentence) => `${options.from}: ${sentence}`)];
}

function packed(tar: Buffer, path: string): Buffer {
  if (!path.endsWith("gz")) return tar;
  const bytes = gzipSync(tar, { level: 9 });
  bytes[SYSTEM_AT] = UNKNOWN_SYSTEM;
  return bytes;
}
