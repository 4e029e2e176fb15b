// apmatrix show: a host as it is, and what each guest has of it, as text, data or a picture.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { mdevCalled } from "../answers/explain/named.ts";
import { equivalentJson, equivalentQueues, equivalentText } from "../answers/show/equivalent.ts";
import { withColour, withoutColour } from "../answers/show/paint.ts";
import { showJson } from "../answers/show/show-json.ts";
import { showSvg } from "../answers/show/show-svg.ts";
import { showTable } from "../answers/show/show-table.ts";
import { panelsOf, type Shown } from "../answers/show/shown.ts";
import { UserError } from "../guards/user-error.ts";
import { openNamed } from "../sources/open-host.ts";
import { readKeys } from "../sources/read-keys.ts";
import type { Source } from "../sources/source.ts";
import { usable } from "../sources/usable.ts";
import { shellWord } from "../system/ap/quoted.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { chooseFormat, chosenProfile, formatOption } from "./choices.ts";
import { isColourWanted, stdoutTerminal, type Terminal } from "./colour.ts";
import { domainsOption, fromOption, type HostOptions } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { allowColours, printFile } from "./terminal.ts";

const SHOW_FORMATS = ["table", "json", "svg"] as const;
type ShowFormat = (typeof SHOW_FORMATS)[number];

export interface ShowOptions extends HostOptions {
  readonly format: string;
  readonly ascii?: boolean;
  readonly colour: boolean;
  readonly equivalent?: boolean;
}

export function addShowCommand(program: Command): void {
  program
    .command("show")
    .description("show a host: its cards and queues, who has them, and what each guest gets")
    .argument("[guests...]", "only these: names of guests, or UUIDs of their mdevs, or beginnings of those")
    .addOption(fromOption())
    .addOption(domainsOption())
    .addOption(formatOption(SHOW_FORMATS))
    .option("--profile <name>", "another kernel than the source names, for sources other than a directory")
    .option("--equivalent", "which queues can take each other's place: one type, one mode, the same master keys")
    .option("--ascii", "in a table, no signs beyond ASCII")
    .option("--no-colour", "in a table, no colours (nor with NO_COLOR, nor where there is no terminal)")
    .action(async (guests: string[], options: ShowOptions) => {
      const { text, warnings } = await show(options, stdoutTerminal(), guests);
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
  wanted: readonly string[] = [],
): Promise<{ readonly text: string; readonly warnings: readonly string[] }> {
  const format = chooseFormat(options.format, SHOW_FORMATS);
  const file = wanted.find((word) => IS_SOURCE.test(word) || existsSync(word));
  if (file !== undefined)
    throw new UserError(`show does not take "${file}" here; "apmatrix show --from ${shellWord(file)}" reads it`);
  const { value: source, warnings } = usable(await openNamed(options.from, chosenProfile(options), options.domains));
  const { describes, guests, labels, profile: kernel, sysfs } = source;
  const all: Shown = { describes, profile: kernel?.name, host: observeHost(sysfs), guests, labels };
  const shown = wanted.length === 0 ? all : { ...all, only: mdevsOf(all, wanted) };
  if (options.equivalent === true) return { text: equivalent(source, shown, format), warnings };
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

/** @throws UserError there is no picture of it */
function equivalent(source: Pick<Source, "sysfs" | "host">, { host, only }: Shown, format: ShowFormat): string {
  if (format === "svg") throw new UserError("--equivalent has no picture: leave --format out, or take json");
  const found = equivalentQueues(host, readKeys(source, host), only);
  return format === "json" ? equivalentJson(found) : equivalentText(found);
}

/** What names a source and no guest, also if it is not there. */
const IS_SOURCE = /\/|^lab:|\.(?:ya?ml|jsonl?|tar|t?gz|txt|scenario)$/;

/** @throws UserError a word that names no guest and no mdev, or several */
function mdevsOf(shown: Shown, words: readonly string[]): ReadonlySet<string> {
  const known = panelsOf(shown).map(({ uuid, guest, label }) => ({ uuid, guest: guest.name, label }));
  const found = words.map((word) => {
    const mdev = mdevCalled(known, word);
    if (!mdev.ok) throw new UserError(mdev.message);
    return mdev.value;
  });
  return new Set(found);
}
