// apmatrix import: listings, directories and files of other tools become a host description or a desired state.
import type { Command } from "commander";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import { formatDesired } from "../formats/desired/format-desired.ts";
import { type ImportedMdev, importedMasks, importedMdevs, importInto } from "../formats/tools/import-host.ts";
import { UserError } from "../guards/user-error.ts";
import { SOURCES_UNDERSTOOD } from "../sources/open-source.ts";
import { usable } from "../sources/usable.ts";
import { parseUuid } from "../system/vfio-ap/uuid.ts";
import { chooseFormat } from "./choices.ts";
import { describedSourceOf } from "./described-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { writeText } from "./output-files.ts";
import { readPieceFiles } from "./piece-files.ts";
import { printFile } from "./terminal.ts";

const KINDS = ["host", "desired"] as const;

export interface ImportOptions {
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
      const { text, warnings } = await importFiles(files, options);
      tellWarnings(warnings);
      if (options.out === undefined) printFile(text);
      else writeText(options.out, text);
      process.exitCode = EXIT.ok;
    });
}

/** @throws UserError for files that cannot be used, or do not fit together */
export async function importFiles(paths: readonly string[], options: ImportOptions) {
  const kind = options.as === undefined ? undefined : chooseFormat(options.as, KINDS);
  const uuid = options.uuid?.toLowerCase();
  if (uuid !== undefined && parseUuid(uuid) === undefined)
    throw new UserError(`--uuid ${uuid}: a uuid has 36 characters, such as 62177883-f1bb-47f0-914d-32a22e3a8804`);
  const read = await readPieceFiles(paths, uuid);
  const { pieces } = read;
  const warnings = [...read.warnings];
  const machines = [...(options.into === undefined ? [] : [options.into]), ...read.others];
  const [machine, ...others] = machines;
  if (machine !== undefined && others.length > 0)
    throw new UserError(`${others[0]}: a machine, as ${machine} is: import one of them`);
  if (machine === undefined && kind === "host")
    throw new UserError("the files name no machine: add a listing or a /sys directory, or name a host with --into");
  const described = machine === undefined ? undefined : await machineOf(machine, options);
  warnings.push(...(described?.warnings ?? []));
  const host =
    described &&
    (pieces.length === 0 ? described.description : usable(importInto(described.description, pieces)).value);
  if (host && kind !== "desired") return { text: formatHostDescription(host), warnings };
  const mdevs = host
    ? host.mdevs.map((mdev): ImportedMdev => ({ ...mdev, name: mdev.name ?? mdev.guest, isDefined: true }))
    : usable(importedMdevs(pieces)).value;
  const masks = host
    ? host.masks.apmask !== undefined || host.masks.aqmask !== undefined
    : importedMasks(undefined, pieces) !== undefined;
  if (masks) warnings.push("a desired state has no masks: free_by: masks frees what the mdevs need, and no more");
  return { text: formatDesired(mdevs, masks ? "masks" : undefined), warnings };
}

/** @throws UserError which also says of what is nothing known that it is not part of a host either */
async function machineOf(from: string, options: ImportOptions) {
  try {
    return await describedSourceOf({ ...options, from });
  } catch (error) {
    if (!(error instanceof UserError) || !error.message.endsWith(SOURCES_UNDERSTOOD)) throw error;
    throw new UserError(`${error.message}; nor ${PIECES_UNDERSTOOD}`);
  }
}

const PIECES_UNDERSTOOD = "a definition of mdevctl (JSON), XML of libvirt, 41-ap.rules or lines of chzdev";
