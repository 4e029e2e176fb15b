// apmatrix explain: why a guest has a queue or not, and what a write would answer.
import type { Command } from "commander";
import { type Apqn, parseApqn } from "../ap/apqn.ts";
import { explain, explanationToJson } from "../explain/explain.ts";
import { errnoToJson, explainErrno } from "../explain/explain-errno.ts";
import { errnoLines, explanationLines } from "../explain/sentences.ts";
import { DEFAULT_SOURCE, SOURCES_UNDERSTOOD } from "../host/source.ts";
import type { Mdev } from "../machine/mdev.ts";
import { mdevName } from "../sysfs/mdev-names.ts";
import type { Host } from "../vfio-ap/host.ts";
import { chooseFormat } from "./choices.ts";
import { hostFrom } from "./host-source.ts";
import { EXIT, UserError } from "./user-error.ts";

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
    .option("--from <source>", SOURCES_UNDERSTOOD, DEFAULT_SOURCE)
    .option("--format <format>", FORMATS.join(", "), "text")
    .option("--profile <name>", "another kernel than the source names")
    .action(async (what: string, words: string[], options: ExplainOptions) => {
      const format = chooseFormat(options.format, FORMATS);
      const { host, warnings } = await hostFrom(options);
      for (const warning of warnings) console.error(`apmatrix: ${warning}`);
      const lines = what === "errno" ? explainWrite(host, words, format) : explainGuest(host, what, words, format);
      console.log(lines.join("\n"));
      process.exitCode = EXIT.ok;
    });
}

function explainWrite(host: Host, words: readonly string[], format: string): readonly string[] {
  const [path, value, ...rest] = words;
  if (path === undefined || value === undefined || rest.length > 0)
    throw new UserError("explain errno takes a path and a value");
  // As echo writes it.
  const explained = explainErrno(host, [path.replace(/^\/sys\//, ""), value.endsWith("\n") ? value : `${value}\n`]);
  return format === "json" ? [JSON.stringify(errnoToJson(explained))] : errnoLines(explained);
}

function explainGuest(host: Host, name: string, words: readonly string[], format: string): readonly string[] {
  const mdev = findGuest(host, name);
  const explanations = explain(host, mdev, words.length === 0 ? undefined : words.map(queueNamed));
  return format === "json"
    ? [JSON.stringify(explanations.map(explanationToJson))]
    : explanations.flatMap(explanationLines);
}

function queueNamed(word: string): Apqn {
  const apqn = parseApqn(word);
  if (apqn === undefined)
    throw new UserError(`"${word}" is no queue: two hex digits, a dot, four hex digits, such as 04.0047`);
  return apqn;
}

function findGuest({ state }: Host, name: string): Mdev {
  const known: string[] = [];
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    const guest = mdev.guest === undefined ? undefined : state.names.nameOf(mdev.guest);
    if (mdevName(mdev) === name || guest === name) return mdev;
    known.push(guest ?? mdevName(mdev));
  }
  const list = known.length === 0 ? "there is none" : `there are ${known.join(", ")}`;
  throw new UserError(`no guest or mdev "${name}"; ${list}`);
}
