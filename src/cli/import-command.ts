// apmatrix import: listings, directories and files of other tools become a host description or a desired state.
import { type Command, Option } from "commander";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import { formatDesired } from "../formats/desired/format-desired.ts";
import { type ImportedMdev, importedMasks, importedMdevs, importInto } from "../formats/tools/import-host.ts";
import { UserError } from "../guards/user-error.ts";
import { usable } from "../sources/usable.ts";
import { chooseFormat, chosenUuid } from "./choices.ts";
import { describedSourceOf } from "./described-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { writeText } from "./output-files.ts";
import { readPieceFiles, refuseUnknown, uuidOption } from "./piece-files.ts";
import { printFile } from "./terminal.ts";

const KINDS = ["host", "desired", "cmdline"] as const;

export interface ImportOptions {
  readonly into?: string;
  readonly as?: readonly string[];
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
      "a listing of lszcrypt, a /sys directory, definitions of mdevctl (also /etc/mdevctl.d), XML of libvirt, 41-ap.rules, lines of chzdev, what chzdev --export or lszdev prints, cex_resources.json",
    )
    .option("--into <host>", "the host that gets what the files say: a description, a /sys directory, a listing")
    .addOption(
      new Option(
        "--as <kind>",
        "host or desired: what comes out; cmdline: files of no other kind are a kernel's command line",
      ).argParser((kind: string, before: readonly string[] = []) => [...before, kind]),
    )
    .addOption(uuidOption())
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
  const chosen = (options.as ?? []).map((kind) => chooseFormat(kind, KINDS));
  const kind = chosen.find((one) => one !== "cmdline");
  const isCommandLine = chosen.includes("cmdline");
  const read = await readPieceFiles(paths, { uuid: chosenUuid(options.uuid), isCommandLine });
  const { pieces } = read;
  const warnings = [...read.warnings];
  for (const other of read.others) refuseUnknown(other);
  const machines = [...(options.into === undefined ? [] : [options.into]), ...read.others.map(({ path }) => path)];
  const [machine, ...others] = machines;
  if (machine !== undefined && others.length > 0)
    throw new UserError(`${others[0]}: a host of its own, and so is ${machine}: import one of them`);
  if (machine === undefined && kind === "host")
    throw new UserError("the files name no machine: add a listing or a /sys directory, or name a host with --into");
  const described = machine === undefined ? undefined : await describedSourceOf({ ...options, from: machine });
  warnings.push(...(described?.warnings ?? []));
  const merged = described && pieces.length > 0 ? usable(importInto(described.description, pieces)) : undefined;
  warnings.push(...(merged?.warnings ?? []));
  const host = merged?.value ?? described?.description;
  if (host && kind !== "desired") return { text: formatHostDescription(host), warnings };
  const mdevs = host
    ? host.mdevs.map((mdev): ImportedMdev => ({ ...mdev, name: mdev.name ?? mdev.guest, isDefined: true }))
    : usable(importedMdevs(pieces)).value;
  const masks = host
    ? host.masks.apmask !== undefined || host.masks.aqmask !== undefined
    : importedMasks(undefined, pieces) !== undefined;
  const used = pieces.flatMap((piece) => (piece.kind === "containers" ? [piece] : []));
  for (const { at, queues } of host ? [] : used)
    warnings.push(
      `${at.file}: containers use ${queues.length} queues, which stay with the host: --into HOST looks whether it has them`,
    );
  if (masks) warnings.push("a desired state has no masks: free_by: masks frees what the mdevs need, and no more");
  return { text: formatDesired(mdevs, masks ? "masks" : undefined), warnings };
}
