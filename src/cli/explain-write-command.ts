// apmatrix explain-write: what a write would answer, which queues are in its way, and what helps.
import type { Command } from "commander";
import { isOfVfioAp } from "../answers/boot/boot-tree.ts";
import { errnoToJson, explainErrno } from "../answers/explain/explain-errno.ts";
import { errnoLines } from "../answers/explain/sentences.ts";
import { wholePath } from "../formats/reading/uuid-beginning.ts";
import { UserError } from "../guards/user-error.ts";
import { belowSys } from "../system/ap/paths.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import { chooseFormat, formatOption } from "./choices.ts";
import { fromOption, type HostOptions, hostFrom, isUnloaded, NOT_LOADED, profileOption } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { printLines } from "./terminal.ts";

export const EXPLAIN_FORMATS = ["text", "json"] as const;

export interface ExplainOptions extends HostOptions {
  readonly format: string;
}

export function addExplainWriteCommand(program: Command): void {
  program
    .command("explain-write")
    .description("what a write would answer, why, and what to write first so that it succeeds")
    .argument("<path>", "an attribute, with or without /sys in front")
    .argument("<value>", "as echo writes it")
    .addOption(fromOption())
    .addOption(formatOption(EXPLAIN_FORMATS))
    .addOption(profileOption())
    // The most common values of all begin so: -5,-6.
    .allowUnknownOption()
    .allowExcessArguments()
    .action((_path: string, _value: string, options: ExplainOptions, command: Command) =>
      explainWrite(command.args, options),
    );
}

/** @param words the arguments: a path and a value */
export async function explainWrite(words: readonly string[], options: ExplainOptions): Promise<void> {
  const [path, value, ...rest] = words;
  if (path === undefined || value === undefined || rest.length > 0) {
    throw new UserError(`expected a path and a value, found ${words.map((word) => JSON.stringify(word)).join(" ")}`);
  }
  const format = chooseFormat(options.format, EXPLAIN_FORMATS);
  const found = await hostFrom(options);
  tellWarnings(found.warnings);
  if (isUnloaded(found) && isOfVfioAp(belowSys(path))) {
    const told = { errno: "ENOENT", offenders: [], fix: null, needs: "modprobe vfio_ap" };
    printLines(format === "json" ? [JSON.stringify(told)] : ["ENOENT", `  there is no such file: ${NOT_LOADED}`]);
    return;
  }
  const whole = wholePath(belowSys(path), found.host.state.listedMdevs().map(mdevName));
  if (!whole.ok) throw new UserError(whole.message);
  const explained = explainErrno(found.host, [whole.value, asWritten(value)]);
  printLines(format === "json" ? [JSON.stringify(errnoToJson(explained))] : errnoLines(explained));
  process.exitCode = EXIT.ok;
}

/** As echo writes it. */
const asWritten = (value: string): string => (value.endsWith("\n") ? value : `${value}\n`);
