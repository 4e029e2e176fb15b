#!/usr/bin/env node
// The command line: which commands there are, and what becomes of errors. Each command has a file of its own.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addApplyCommand } from "./apply-command.ts";
import { addCheckCommand } from "./check-command.ts";
import { addExplainCommand } from "./explain-command.ts";
import { addExportCommand } from "./export-command.ts";
import { addImportCommand } from "./import-command.ts";
import { addLabCommand } from "./lab-command.ts";
import { addPlanCommand } from "./plan-command.ts";
import { addPlayCommand } from "./play-command.ts";
import { addServeCommand } from "./serve-command.ts";
import { addShowCommand } from "./show-command.ts";
import { addStartCommand } from "./start-command.ts";
import { addStatusCommand } from "./status-command.ts";
import { addTourCommand } from "./tour-command.ts";
import { EXIT, UserError } from "./user-error.ts";
import { addWatchCommand } from "./watch-command.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("apmatrix")
  .description("the s390 AP bus and vfio_ap driver: what a KVM guest sees of the crypto cards, and why")
  .version(version, "-v, --version")
  .showSuggestionAfterError()
  // Options behind the command of "lab exec" are that command's.
  .enablePositionalOptions()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "apmatrix: ")) });

addPlayCommand(program);
addLabCommand(program);
addExplainCommand(program);
addPlanCommand(program);
addApplyCommand(program);
addStatusCommand(program);
addCheckCommand(program);
addImportCommand(program);
addExportCommand(program);
addShowCommand(program);
addServeCommand(program);
addWatchCommand(program);
addTourCommand(program);
addStartCommand(program);

// A reader that goes away early, as head does, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`apmatrix: ${error.message}`);
  process.exitCode = EXIT.error;
}
