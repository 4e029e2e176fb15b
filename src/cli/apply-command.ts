// apmatrix apply: a host made as a file says, step by step, each compared with what was predicted. What is done stands in
// apply-run.ts; here are the options, the lock and the two kinds of files.
import { statSync } from "node:fs";
import type { Command } from "commander";
import { isTraceText, parsePlanFile } from "../answers/apply/plan-file.ts";
import { CONFIG_LOCK, LOCK_PATIENCE, takeConfigLock } from "../sources/machine/config-lock.ts";
import { ApplyReport } from "./apply-report.ts";
import { type ApplyOptions, applyRequest, type Request, showRequest } from "./apply-run.ts";
import { chooseFormat } from "./choices.ts";
import { readDesired } from "./desired-input.ts";
import { fromOption, profileOption } from "./host-source.ts";
import { readText } from "./input-files.ts";
import { Interruption } from "./interruption.ts";
import { telling } from "./lab-command.ts";
import { UserError } from "./user-error.ts";

const FORMATS = ["text", "json"] as const;

export function addApplyCommand(program: Command): void {
  program
    .command("apply")
    .description("make a host as desired, or carry out a plan, and stop where anything is not as predicted")
    .argument("<file>", "the desired state, as for plan, or a plan (--out of apmatrix plan)")
    .addOption(fromOption())
    .option("--dry-run", "show what would be written, and write nothing")
    .option("--format <format>", FORMATS.join(", "), "text")
    .addOption(profileOption())
    .option("--prune", "remove mdevs that the file does not name")
    .option("--lock <file>", "the lock to take, which other tools take as well", CONFIG_LOCK)
    .option("--lock-timeout <seconds>", "how long to wait for another holder of the lock", `${LOCK_PATIENCE}`)
    .action((file: string, options: ApplyOptions) => telling(() => apply(file, options)));
}

/** @throws UserError for a file, a source or options that cannot be used; then nothing has been written */
async function apply(file: string, options: ApplyOptions): Promise<number> {
  const report = new ApplyReport(chooseFormat(options.format, FORMATS));
  const patience = secondsOf(options.lockTimeout);
  const request = readRequest(file, options);
  if (options.dryRun) return await showRequest(request, options, report);
  // A reader of what is printed that goes away does not end it half way.
  process.stdout.removeAllListeners("error");
  process.stdout.on("error", () => undefined);
  const interruption = new Interruption();
  const lock = await takeConfigLock({
    path: options.lock,
    patience,
    onWait: (holder) => report.note(`waiting for the lock ${options.lock}, which ${holder} has`),
    isCancelled: () => interruption.signal !== undefined,
  });
  if (!lock.ok)
    throw new UserError(`the lock ${options.lock} ${lock.message}; nothing was written${remedyFor(lock.message)}`);
  process.once("exit", lock.release);
  try {
    return await applyRequest(request, options, report, interruption);
  } finally {
    lock.release();
    interruption.end();
  }
}

const remedyFor = (message: string): string =>
  message.startsWith("cannot") ? ": become root, or name another with --lock" : "";

function secondsOf(text: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Number(text);
  throw new UserError(`--lock-timeout takes a number of seconds, not "${text}"`);
}

function readRequest(file: string, { prune, profile }: ApplyOptions): Request {
  // Definitions of other tools may be a directory.
  const text = statSync(file, { throwIfNoEntry: false })?.isDirectory() ? "" : readText(file);
  if (!isTraceText(text)) return { kind: "desired", file, ...readDesired(file) };
  for (const [option, value] of Object.entries({ prune, profile })) {
    if (value !== undefined)
      throw new UserError(`--${option} is for a desired state; ${file} is a plan, which has been made`);
  }
  const read = parsePlanFile(text);
  if (read.ok) return { kind: "plan", file, script: read.value };
  const { line, column, expected } = read.error;
  throw new UserError(`${file}:${line}:${column}: expected ${expected}`);
}
