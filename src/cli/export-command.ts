// apmatrix export: a host in the files of other tools.
import { join } from "node:path";
import type { Command } from "commander";
import { mdevCalled } from "../answers/explain/named.ts";
import type { HostDescription, MdevDescription } from "../formats/description/host-description.ts";
import { EXPORT_FORMATS, type ExportFormat, exportHost, exportMdev, isOfMdevs } from "../formats/tools/export-host.ts";
import { formatScript } from "../formats/tools/shell-script.ts";
import { parseTraceSteps } from "../formats/tools/trace-steps.ts";
import { UserError } from "../guards/user-error.ts";
import { usableText } from "../sources/usable.ts";
import { shellWord } from "../system/ap/quoted.ts";
import { chooseFormat } from "./choices.ts";
import { describedSourceOf } from "./described-source.ts";
import { exportTree } from "./export-tree.ts";
import { domainsOption, fromOption, type HostOptions, profileOption } from "./host-source.ts";
import { isDirectory, readText } from "./input-files.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { writeText } from "./output-files.ts";
import { printFile } from "./terminal.ts";

export interface ExportCommandOptions extends HostOptions {
  readonly mdev: readonly string[];
  readonly steps?: string;
  readonly auto?: boolean;
  readonly relative?: boolean;
  readonly out?: string;
  readonly tar?: boolean;
}

const oneMore = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description("a host in the files of other tools (docs/exchange.md)")
    .argument("<format>", FORMATS.join(", "))
    .argument("[path]", "tree: the directory that is made, or the tar")
    .addOption(fromOption())
    .addOption(domainsOption())
    .addOption(profileOption())
    .option("--mdev <mdev>", "only this mdev, by its uuid, its name or its guest; may be given again", oneMore, [])
    .option("--auto", "mdevctl: it starts by itself at boot")
    .option("--relative", "chzdev: changes to the masks that a host has after boot")
    .option("--steps <trace>", "shell: the steps of a trace or a plan, and not a whole host")
    .option("--tar", "tree: one tar, packed if its name ends in gz, and not a directory")
    .option("--out <path>", "write to this file; of mdevs, to a directory with a file for each")
    .action(async (word: string, path: string | undefined, options: ExportCommandOptions) => {
      const format = chooseFormat(word, FORMATS);
      if (format === "tree") return void tellWarnings(await exportTree(path, options));
      if (path !== undefined)
        throw new UserError(
          `export does not take "${path}" here; "apmatrix export ${format} --from ${shellWord(path)}" reads it`,
        );
      if (options.tar) throw new UserError(`--tar is about a tree, and not about ${format}`);
      const { files, warnings } = await exportFiles(format, options);
      tellWarnings(warnings);
      for (const { path, text } of files) {
        if (path === undefined) printFile(text.endsWith("\n") ? text : `${text}\n`);
        else writeText(path, text, { makesDirectory: true });
      }
      process.exitCode = EXIT.ok;
    });
}

const FORMATS = [...EXPORT_FORMATS, "tree"] as const;

interface Exported {
  readonly files: readonly { readonly path: string | undefined; readonly text: string }[];
  readonly warnings: readonly string[];
}

/** @throws UserError for a source or options that cannot be used */
export async function exportFiles(format: ExportFormat, options: ExportCommandOptions): Promise<Exported> {
  const { out } = options;
  if (options.steps !== undefined) return { files: [{ path: out, text: script(format, options.steps) }], warnings: [] };
  const { description, profile, warnings } = await describedSourceOf(options);
  const chosen = withMdevs(description, chooseMdevs(description.mdevs, options.mdev));
  const how = { profile, auto: options.auto === true, relative: options.relative === true };
  const notes = [...warnings, ...notesOn(format, description)];
  const [single, ...more] = chosen.mdevs;
  if (isOfMdevs(format) && out !== undefined && (out.endsWith("/") || isDirectory(out))) {
    const files = chosen.mdevs.map((mdev) => exportMdev(mdev, format, how));
    return { files: files.map(({ name, text }) => ({ path: join(out, name), text })), warnings: notes };
  }
  if (format === "mdevctl" && single && options.mdev.length === 1)
    return { files: [{ path: out, text: exportMdev(single, format, how).text }], warnings: notes };
  if (isOfMdevs(format) && format !== "mdevctl" && out !== undefined && more.length > 0)
    throw new UserError(
      `${out}: ${format} has a file for each mdev, and there are ${more.length + 1}: name a directory, or one mdev with --mdev`,
    );
  return { files: [{ path: out, text: exportHost(chosen, format, how) }], warnings: notes };
}

/** What is said of guests goes with their mdevs. */
function withMdevs(host: HostDescription, mdevs: readonly MdevDescription[]): HostDescription {
  const { guests, ...others } = host;
  const named = new Set(mdevs.map(({ guest }) => guest));
  return { ...others, mdevs, ...(guests && { guests: guests.filter(({ name }) => named.has(name)) }) };
}

/** What the format cannot say of this host. */
function notesOn(format: ExportFormat, { overrides, mdevs }: HostDescription): readonly string[] {
  if (overrides.length > 0 && (format === "chzdev" || format === "udev"))
    return ["queues are freed by overrides, which masks cannot say: driverctl keeps those"];
  if (isOfMdevs(format) && mdevs.length === 0) return ["there are no mdevs"];
  return [];
}

function chooseMdevs(mdevs: readonly MdevDescription[], names: readonly string[]): readonly MdevDescription[] {
  if (names.length === 0) return mdevs;
  const called = mdevs.map(({ uuid, name: label, guest }) => ({ uuid, label, guest }));
  return names.map((name) => {
    const found = mdevCalled(called, name);
    if (!found.ok) throw new UserError(found.message);
    return mdevs.find(({ uuid }) => uuid === found.value) as MdevDescription;
  });
}

function script(format: ExportFormat, path: string): string {
  if (format !== "shell")
    throw new UserError(`--steps makes a shell script, not ${format}: "export shell --steps ${path}"`);
  const { name, steps } = usableText(path, parseTraceSteps(readText(path)));
  return formatScript([`Written by apmatrix: the steps of ${name}`], steps);
}
