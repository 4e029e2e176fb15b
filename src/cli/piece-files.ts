// Files that a user names, sorted by what they are: parts of a host in the formats of other tools, or whole machines. Directories of
// definitions are searched.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { detectPieces, type Piece, readPieces } from "../formats/tools/import-pieces.ts";
import { UserError } from "../guards/user-error.ts";
import { LAB_PREFIX } from "../sources/source.ts";
import { usable } from "../sources/usable.ts";
import { parseUuid } from "../system/vfio-ap/uuid.ts";
import { filesBelow, readText, statOf } from "./input-files.ts";

export interface PieceFiles {
  readonly pieces: readonly Piece[];
  /** Paths of everything else. */
  readonly others: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * @param uuid of a definition whose file is not named after it
 * @throws UserError a file that is not there, or cannot be understood
 */
export async function readPieceFiles(paths: readonly string[], uuid?: string): Promise<PieceFiles> {
  const pieces: Piece[] = [];
  const others: string[] = [];
  const warnings: string[] = [];
  for (const path of paths.flatMap(filesOf)) {
    const text = isText(path) ? readText(path) : undefined;
    const kind = text === undefined ? undefined : detectPieces(text, path);
    if (kind === undefined) {
      refuseList(text ?? "", path);
      others.push(path);
      continue;
    }
    const read = usable(await readPieces(text as string, path, kind, uuid));
    pieces.push(...read.value);
    warnings.push(...read.warnings);
  }
  return { pieces, others, warnings };
}

const LISTED = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} \S+ vfio_ap-passthrough\b/;

/** The list that mdevctl prints for people: whether an mdev has no attributes or they were not asked for cannot be told. */
function refuseList(text: string, path: string): void {
  const at = text.split("\n").findIndex((line) => LISTED.test(line));
  if (at < 0) return;
  const remedy = 'import what "mdevctl list -d --dumpjson" prints';
  throw new UserError(`${path}:${at + 1}:1: expected JSON, found the list that mdevctl prints for people: ${remedy}`);
}

const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() === true;
/** Not what can only be a whole machine: a directory, a tar, a running lab. */
const isText = (path: string): boolean =>
  !isDirectory(path) && !/\.(?:t?gz|tar)$/.test(path) && !path.startsWith(LAB_PREFIX);

/** Of a directory of mdevctl or of udev rules what is meant; everything else is one thing. */
function filesOf(path: string): readonly string[] {
  if (!isDirectory(path) || existsSync(join(path, "bus", "ap"))) return [path];
  const found = filesBelow(path)
    .filter((file) => parseUuid(basename(file, ".json")) !== undefined || /(?:\.xml|\/41-ap\.rules)$/.test(`/${file}`))
    .filter((file) => statOf(file)?.isFile());
  if (found.length > 0) return found;
  throw new UserError(`${path}: no /sys directory, and it has no definition of mdevctl, no XML and no 41-ap.rules`);
}
