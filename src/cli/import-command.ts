// apmatrix import: listings, directories and files of other tools become a host description or a desired state.
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { formatDesired } from "../host/format-desired.ts";
import { formatHostDescription } from "../host/format-host-description.ts";
import { type ImportedMdev, importedMasks, importedMdevs, importInto } from "../host/import-host.ts";
import { detectPieces, type Piece, readPieces } from "../host/import-pieces.ts";
import { formatInputError, type Parsed } from "../host/input-error.ts";
import { parseUuid } from "../vfio-ap/uuid.ts";
import { chooseFormat } from "./choices.ts";
import { describedSourceOf } from "./described-source.ts";
import { readText } from "./input-files.ts";
import { EXIT, UserError } from "./user-error.ts";

const KINDS = ["host", "desired"] as const;

interface ImportOptions {
  readonly into?: string;
  readonly as?: string;
  readonly profile?: string;
  readonly uuid?: string;
  readonly out?: string;
}

export function addImportCommand(program: Command): void {
  program
    .command("import")
    .description("make a host description, or a desired state for plan, of listings and of the files of other tools")
    .argument(
      "<files...>",
      "a listing of lszcrypt, a /sys directory, definitions of mdevctl (also /etc/mdevctl.d), XML of libvirt, 41-ap.rules, lines of chzdev",
    )
    .option("--into <host>", "the host that gets what the files say: a description, a /sys directory, a listing")
    .option("--as <kind>", "host or desired; without it host where a machine is named, else desired")
    .option("--uuid <uuid>", "of a definition of mdevctl whose file is not named after it")
    .option("--profile <name>", "another kernel than the host names")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (files: string[], options: ImportOptions) => {
      const { text, warnings } = await imported(files, options);
      for (const warning of warnings) console.error(`apmatrix: ${warning}`);
      if (options.out === undefined) process.stdout.write(text);
      else writeNew(options.out, text);
      process.exitCode = EXIT.ok;
    });
}

async function imported(paths: readonly string[], options: ImportOptions) {
  const kind = options.as === undefined ? undefined : chooseFormat(options.as, KINDS);
  const uuid = options.uuid?.toLowerCase();
  if (uuid !== undefined && parseUuid(uuid) === undefined)
    throw new UserError(`--uuid ${uuid}: a uuid has 36 characters, such as 62177883-f1bb-47f0-914d-32a22e3a8804`);
  const warnings: string[] = [];
  const take = <T>(read: Parsed<T>): T => {
    if (!read.ok) throw new UserError(formatInputError(read.error));
    warnings.push(...read.warnings);
    return read.value;
  };
  const machines = options.into === undefined ? [] : [options.into];
  const pieces: Piece[] = [];
  for (const path of paths.flatMap(filesOf)) {
    const text = isReadable(path) ? readText(path) : undefined;
    const found = text === undefined ? undefined : detectPieces(text, path);
    if (found === undefined) machines.push(path);
    else pieces.push(...take(readPieces(text as string, path, found, uuid)));
  }
  const [machine, ...others] = machines;
  if (machine !== undefined && others.length > 0)
    throw new UserError(`${others[0]}: a machine, as ${machine} is: import one of them`);
  if (machine === undefined && kind === "host")
    throw new UserError("the files name no machine: add a listing or a /sys directory, or name a host with --into");
  const described = machine === undefined ? undefined : await describedSourceOf({ ...options, from: machine });
  warnings.push(...(described?.warnings ?? []));
  const host =
    described && (pieces.length === 0 ? described.description : take(importInto(described.description, pieces)));
  if (host && kind !== "desired") return { text: formatHostDescription(host), warnings };
  const mdevs = host
    ? host.mdevs.map((mdev): ImportedMdev => ({ ...mdev, isDefined: true }))
    : take(importedMdevs(pieces));
  const masks = host
    ? host.masks.apmask !== undefined || host.masks.aqmask !== undefined
    : importedMasks(undefined, pieces) !== undefined;
  if (masks) warnings.push("a desired state has no masks: free_by: masks frees what the mdevs need, and no more");
  return { text: formatDesired(mdevs, masks ? "masks" : undefined), warnings };
}

/** Of a directory of mdevctl or of udev rules what is meant; everything else is one thing. */
function filesOf(path: string): readonly string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory() || existsSync(join(path, "bus", "ap"))) return [path];
  const found = readdirSync(path, { recursive: true, encoding: "utf8" })
    .sort()
    .filter((name) => parseUuid(basename(name)) !== undefined || /(?:\.json|\.xml|41-ap\.rules)$/.test(name))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
  if (found.length > 0) return found;
  throw new UserError(`${path}: no /sys directory, and it has no definition of mdevctl, no XML and no 41-ap.rules`);
}

const isReadable = (path: string): boolean =>
  !statSync(path, { throwIfNoEntry: false })?.isDirectory() && !/\.(?:t?gz|tar)$/.test(path);

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`);
  }
}
