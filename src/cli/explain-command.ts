// apmatrix explain: why a guest has a queue or not, and what a write would answer.
import type { Command } from "commander";
import { explain, explanationToJson } from "../answers/explain/explain.ts";
import { errnoToJson, explainErrno } from "../answers/explain/explain-errno.ts";
import { guestNamed, type Named, queueNamed } from "../answers/explain/named.ts";
import { errnoLines, explanationLines } from "../answers/explain/sentences.ts";
import { UserError } from "../guards/user-error.ts";
import { belowSys } from "../system/ap/paths.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { chooseFormat } from "./choices.ts";
import { fromOption, type HostFound, hostFrom, profileOption } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";

const FORMATS = ["text", "json"] as const;

interface ExplainOptions {
  readonly from: string;
  readonly format: string;
  readonly profile?: string;
}

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description(
      'why a guest has its queues or not ("explain GUEST"), or what a write would answer ("explain errno PATH VALUE")',
    )
    .argument("<what>", "a guest's name, the UUID of its mdev, or errno")
    .argument("[words...]", "queues such as 04.0047; behind errno a path below /sys and a value")
    .addOption(fromOption())
    .option("--format <format>", FORMATS.join(", "), "text")
    .addOption(profileOption())
    .action(async (what: string, words: string[], options: ExplainOptions) => {
      const format = chooseFormat(options.format, FORMATS);
      const found = await hostFrom(options);
      tellWarnings(found.warnings);
      const lines =
        what === "errno" ? explainWrite(found.host, words, format) : explainGuest(found, what, words, format);
      console.log(lines.join("\n"));
      process.exitCode = EXIT.ok;
    });
}

function explainWrite(host: Host, words: readonly string[], format: string): readonly string[] {
  const [path, value, ...rest] = words;
  if (path === undefined || value === undefined || rest.length > 0)
    throw new UserError("explain errno takes a path and a value");
  const explained = explainErrno(host, [belowSys(path), asWritten(value)]);
  return format === "json" ? [JSON.stringify(errnoToJson(explained))] : errnoLines(explained);
}

/** As echo writes it. */
const asWritten = (value: string): string => (value.endsWith("\n") ? value : `${value}\n`);

function explainGuest(
  { host, undecided, labels }: HostFound,
  name: string,
  words: readonly string[],
  format: string,
): readonly string[] {
  const mdev = meant(guestNamed(host, name, labels));
  const explanations = explain(
    host,
    mdev,
    words.length === 0 ? undefined : words.map((word) => meant(queueNamed(host, word))),
  );
  if (format === "json") return [JSON.stringify(explanations.map(explanationToJson))];
  if (explanations.length === 0) return ["no queue is assigned: it needs an adapter and a domain"];
  const isUndecided = undecided.has(mdevName(mdev));
  return explanations.flatMap((explanation) => explanationLines(explanation, isUndecided));
}

/** @throws UserError */
function meant<T>(named: Named<T>): T {
  if (!named.ok) throw new UserError(named.message);
  return named.value;
}
