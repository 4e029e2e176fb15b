// apmatrix explain: why a guest has a queue or not.
import type { Command } from "commander";
import { explain } from "../answers/explain/explain.ts";
import { explainAll, reportLines, reportToJson } from "../answers/explain/explain-all.ts";
import { guestNamed, queueNamed } from "../answers/explain/named.ts";
import { explanationLines } from "../answers/explain/sentences.ts";
import { explainedToJson } from "../answers/inside/explained-json.ts";
import { insideOf } from "../answers/inside/guest-inside.ts";
import { insideLines } from "../answers/inside/inside-text.ts";
import { explainLevels, levelLines, levelsTo, levelsToJson, queuesAround } from "../answers/inside/levels.ts";
import type { Reading } from "../formats/reading/input-error.ts";
import { UserError } from "../guards/user-error.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import { chooseFormat, formatOption } from "./choices.ts";
import { EXPLAIN_FORMATS, type ExplainOptions, explainWrite } from "./explain-write-command.ts";
import { domainsOption, fromOption, type HostFound, hostFrom, profileOption } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { printLines } from "./terminal.ts";

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("why a guest has its queues or not; without a guest, the problems of all, the worst first")
    .argument("[guest]", "a guest's name, or the UUID of its mdev, or a beginning of it")
    .argument("[queues...]", "queues such as 04.0047; without any, all that are assigned to it")
    // For the values of the older form, "explain errno PATH VALUE", such as -5,-6.
    .allowUnknownOption()
    .option(
      "--guest <path>",
      "a running guest that has a Linux, such as g1/g2 (guest g2 of guest g1): reasons on every level",
    )
    .addOption(fromOption())
    .addOption(domainsOption())
    .addOption(formatOption(EXPLAIN_FORMATS))
    .addOption(profileOption())
    .action(async (guest: string | undefined, words: string[], options: GuestOptions) => {
      // A guest may be named errno, and its queues have no slash.
      if (guest === "errno" && words[0]?.includes("/")) return explainWrite(words, options);
      const unknown = [guest ?? "", ...words].find((word) => word.startsWith("-"));
      if (unknown !== undefined) throw new UserError(`unknown option '${unknown}'`);
      const format = chooseFormat(options.format, EXPLAIN_FORMATS);
      const found = await hostFrom(options);
      tellWarnings(found.warnings);
      const { guest: path } = options;
      if (path !== undefined) {
        const queues = guest === undefined ? [] : [guest, ...words];
        printLines(explainPath(found, path, queues, { format, from: options.from }));
      } else printLines(guest === undefined ? explainGuests(found, format) : explainGuest(found, guest, words, format));
      process.exitCode = EXIT.ok;
    });
}

interface GuestOptions extends ExplainOptions {
  readonly guest?: string;
}

/** Why a guest, which may be a guest's guest, has queues or not: on every level. */
function explainPath(
  { host, inside }: HostFound,
  path: string,
  words: readonly string[],
  { format, from }: { readonly format: string; readonly from: string },
): readonly string[] {
  if (!inside)
    throw new UserError(
      `--guest ${path}: in ${from} no guest has a Linux of its own; a trace or a lab with guests' buses has (docs/guests.md)`,
    );
  const levels = meant(levelsTo(inside, path));
  const queues = explainLevels(
    levels,
    words.length === 0 ? undefined : words.map((word) => meant(queueNamed(host, word))),
  );
  if (format === "json") return [JSON.stringify(queues.map((one) => levelsToJson(levels, one)))];
  if (queues.length === 0) return ["no queue is assigned: it needs an adapter and a domain"];
  return queues.flatMap((one) => levelLines(levels, one));
}

function explainGuests({ host, undecided, labels, inside }: HostFound, format: string): readonly string[] {
  const reports = explainAll(host, labels, inside);
  if (format === "json") return [JSON.stringify(reports.map((report) => reportToJson(report, undecided)))];
  return reportLines(reports, undecided);
}

function explainGuest(
  { host, undecided, labels, inside }: HostFound,
  name: string,
  words: readonly string[],
  format: string,
): readonly string[] {
  const mdev = meant(guestNamed(host, name, labels));
  const guest = insideOf(inside, mdev);
  const asked = words.length === 0 ? queuesAround(mdev, guest) : words.map((word) => meant(queueNamed(host, word)));
  const explanations = explain(host, mdev, asked);
  if (format === "json") return [JSON.stringify(explanations.map((one) => explainedToJson(one, guest)))];
  if (explanations.length === 0) return ["no queue is assigned: it needs an adapter and a domain"];
  const isUndecided = undecided.has(mdevName(mdev));
  return explanations.flatMap((one) => [...explanationLines(one, isUndecided), ...insideLines(guest, one.apqn)]);
}

/** @throws UserError */
function meant<T>(named: Reading<T>): T {
  if (!named.ok) throw new UserError(named.message);
  return named.value;
}
