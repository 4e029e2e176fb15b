// Files that a user names, sorted by what they are: parts of a host in the formats of other tools, or whole machines. Directories of
// definitions are searched.
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Option } from "commander";
import { detectInput } from "../formats/listing/detect-import.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { detectPieces, type Piece, readPieces } from "../formats/tools/import-pieces.ts";
import { looksLike } from "../formats/tools/looks-like.ts";
import { UserError } from "../guards/user-error.ts";
import { SOURCES_UNDERSTOOD, TRACE_HEADER } from "../sources/open-source.ts";
import { LAB_PREFIX } from "../sources/source.ts";
import { usable } from "../sources/usable.ts";
import { parseUuid } from "../system/vfio-ap/uuid.ts";
import { filesBelow, isDirectory, readText } from "./input-files.ts";

const ONE_UUID = "expected one mdev that --uuid names, found a second one that says no uuid: import one of them";

export const uuidOption = (): Option =>
  new Option("--uuid <uuid>", "of a definition that says none: of mdevctl in a file of another name, or of libvirt");

interface PieceFiles {
  readonly pieces: readonly Piece[];
  /** Everything else: whole machines, desired states, what is not understood. */
  readonly others: readonly OtherFile[];
  readonly warnings: readonly string[];
}

export interface OtherFile {
  readonly path: string;
  /** undefined: a directory, a tar, a running lab. */
  readonly text: string | undefined;
}

export interface PieceOptions {
  /** Of a definition that says none. */
  readonly uuid?: string | undefined;
  /** What is nothing else is the command line of a kernel. */
  readonly isCommandLine?: boolean;
}

/** @throws UserError a file that is not there, or cannot be understood */
export async function readPieceFiles(
  paths: readonly string[],
  { uuid, isCommandLine = false }: PieceOptions = {},
): Promise<PieceFiles> {
  const pieces: Piece[] = [];
  const others: OtherFile[] = [];
  const warnings: string[] = [];
  for (const path of paths.flatMap(filesOf)) {
    const text = isText(path) ? readText(path) : undefined;
    const found = text === undefined ? undefined : detectPieces(text, path);
    const kind = found ?? (isCommandLine && isUnknown({ path, text }) ? "cmdline" : undefined);
    if (text === undefined || kind === undefined) {
      refuseList(text ?? "", path);
      others.push({ path, text });
      continue;
    }
    const read = usable(await readPieces(text, path, kind, uuid));
    pieces.push(...read.value);
    warnings.push(...read.warnings);
  }
  const second = pieces.filter((piece) => piece.kind === "mdev" && piece.isNamed)[1];
  if (second) throw new UserError(formatInputError({ ...second.at, message: ONE_UUID }));
  return { pieces, others, warnings };
}

/** Not a machine either: by no sign, or by a mask or a queue in what is plainly something else. */
function isUnknown({ path, text }: OtherFile): boolean {
  if (text === undefined || TRACE_HEADER.test(text) || path.endsWith(".jsonl")) return false;
  const kind = detectInput(text);
  if (kind === "description") return DESIRED.test(text) && !MACHINE.test(text);
  return kind === undefined || (kind !== "listing" && looksLike(text) !== undefined);
}

const DESIRED = /^mdevs:/m;
const MACHINE = /^["']?(?:cards|domains)["']?:/m;

/** @throws UserError neither a machine nor a part of one, with what it looks like */
export function refuseUnknown(other: OtherFile): void {
  if (!isUnknown(other)) return;
  const { path, text = "" } = other;
  const look = DESIRED.test(text) ? "a desired state, which plan takes" : looksLike(text);
  const none = `${path}: not understood: none of ${SOURCES_UNDERSTOOD}, ${PIECES_UNDERSTOOD}`;
  throw new UserError(look === undefined ? none : `${none}; it looks like ${look}`);
}

const PIECES_UNDERSTOOD =
  "a definition of mdevctl (JSON), XML of libvirt, 41-ap.rules, lines of chzdev, what chzdev --export or lszdev -t ap prints, cex_resources.json";

const LISTED = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} \S+ vfio_ap-passthrough\b/;

/** The list that mdevctl prints for people: whether an mdev has no attributes or they were not asked for cannot be told. */
function refuseList(text: string, path: string): void {
  const at = text.split("\n").findIndex((line) => LISTED.test(line));
  if (at < 0) return;
  const remedy = 'import what "mdevctl list -d --dumpjson" prints';
  throw new UserError(`${path}:${at + 1}:1: expected JSON, found the list that mdevctl prints for people: ${remedy}`);
}

/** Whether it may be a part of a host. A directory, a tar or a running lab can only be a whole machine. */
const isText = (path: string): boolean =>
  !isDirectory(path) && !/\.(?:t?gz|tar)$/.test(path) && !path.startsWith(LAB_PREFIX);

/** The files that are meant by a directory of mdevctl or of udev rules; any other path stands for itself. */
function filesOf(path: string): readonly string[] {
  if (!isDirectory(path) || existsSync(join(path, "bus", "ap"))) return [path];
  const found = filesBelow(path)
    .filter((file) => parseUuid(basename(file, ".json")) !== undefined || /(?:\.xml|\/41-ap\.rules)$/.test(`/${file}`))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (found.length > 0) return found;
  throw new UserError(`${path}: no /sys directory, and it has no definition of mdevctl, no XML and no 41-ap.rules`);
}
