// apmatrix import: from a listing of a real machine to a host description.
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { detectAndImport } from "../host/detect-import.ts";
import { formatHostDescription } from "../host/format-host-description.ts";
import { formatInputError } from "../host/input-error.ts";
import { readText } from "./input-files.ts";
import { EXIT, UserError } from "./user-error.ts";

export function addImportCommand(program: Command): void {
  program
    .command("import")
    .description("turn an lszcrypt listing into a host description")
    .argument("<file>", "a listing as lszcrypt prints it, in any of its layouts")
    .option("--out <host>", "write to this file instead of stdout")
    .action((file: string, options: { readonly out?: string }) => {
      const imported = detectAndImport(readText(file), file);
      if (!imported.ok) throw new UserError(formatInputError(imported.error));
      for (const warning of imported.warnings) console.error(`apmatrix: ${warning}`);
      const text = formatHostDescription(imported.value);
      if (options.out === undefined) process.stdout.write(text);
      else writeNew(options.out, text);
      process.exitCode = EXIT.ok;
    });
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`);
  }
}
