// apmatrix show: a host as it is, and what each guest has of it, as text, data or a picture.
import type { Command } from "commander";
import { withColour, withoutColour } from "../answers/show/paint.ts";
import { showJson } from "../answers/show/show-json.ts";
import { showSvg } from "../answers/show/show-svg.ts";
import { showTable } from "../answers/show/show-table.ts";
import type { Shown } from "../answers/show/shown.ts";
import { openSource } from "../sources/open-source.ts";
import { usable } from "../sources/usable.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { chooseFormat, chosenProfile, formatOption } from "./choices.ts";
import { isColourWanted, stdoutTerminal, type Terminal } from "./colour.ts";
import { fromOption, type HostOptions } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { allowColours, printFile } from "./terminal.ts";

const SHOW_FORMATS = ["table", "json", "svg"] as const;

export interface ShowOptions extends HostOptions {
  readonly format: string;
  readonly ascii?: boolean;
  readonly colour: boolean;
}

export function addShowCommand(program: Command): void {
  program
    .command("show")
    .description("show a host: its cards and queues, who has them, and what each guest gets")
    .addOption(fromOption())
    .addOption(formatOption(SHOW_FORMATS))
    .option("--profile <name>", "another kernel than the source names, for sources other than a directory")
    .option("--ascii", "in a table, no signs beyond ASCII")
    .option("--no-colour", "in a table, no colours (nor with NO_COLOR, nor where there is no terminal)")
    .action(async (options: ShowOptions) => {
      const { text, warnings } = await show(options, stdoutTerminal());
      tellWarnings(warnings);
      if (options.format === "svg") printFile(text);
      else process.stdout.write(text);
      process.exitCode = EXIT.ok;
    });
}

/** @throws UserError for options or a source that cannot be used */
export async function show(
  options: ShowOptions,
  terminal: Terminal,
): Promise<{ readonly text: string; readonly warnings: readonly string[] }> {
  const format = chooseFormat(options.format, SHOW_FORMATS);
  const { value: source, warnings } = usable(await openSource(options.from, chosenProfile(options)));
  const { describes, guests, profile: kernel, sysfs } = source;
  const shown: Shown = { describes, profile: kernel?.name, host: observeHost(sysfs), guests };
  switch (format) {
    case "table": {
      const isColoured = options.colour && isColourWanted(terminal);
      if (isColoured) allowColours();
      const paint = isColoured ? withColour : withoutColour;
      return { text: showTable(shown, { paint, ascii: options.ascii === true }), warnings };
    }
    case "json":
      return { text: showJson(shown), warnings };
    case "svg":
      return { text: showSvg(shown), warnings };
  }
}
