// apmatrix explain: why a guest has a queue or not, and what a write would answer.
import type { Command } from "commander";
import { explain, explanationToJson } from "../answers/explain/explain.ts";
import { errnoToJson, explainErrno } from "../answers/explain/explain-errno.ts";
import { errnoLines, explanationLines } from "../answers/explain/sentences.ts";
import { nearestName } from "../formats/reading/nearest-name.ts";
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi, parseApqn } from "../system/ap/apqn.ts";
import { asApid, asApqi } from "../system/ap/id.ts";
import type { Mdev } from "../system/machine/mdev.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { chooseFormat } from "./choices.ts";
import { fromOption, type HostFound, hostFrom, profileOption } from "./host-source.ts";
import { EXIT, tellWarnings, UserError } from "./user-error.ts";

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

/** A path as it is known to people: with or without /sys in front. */
const belowSys = (path: string): string => path.replace(/^\/+sys(?:\/+|$)/, "").replace(/^\/+/, "");

/** As echo writes it. */
const asWritten = (value: string): string => (value.endsWith("\n") ? value : `${value}\n`);

function explainGuest(
  { host, undecided, labels }: HostFound,
  name: string,
  words: readonly string[],
  format: string,
): readonly string[] {
  const mdev = findGuest(host, name, labels);
  const explanations = explain(
    host,
    mdev,
    words.length === 0 ? undefined : words.map((word) => queueNamed(host, word)),
  );
  if (format === "json") return [JSON.stringify(explanations.map(explanationToJson))];
  if (explanations.length === 0) return ["no queue is assigned: it needs an adapter and a domain"];
  const isUndecided = undecided.has(mdevName(mdev));
  return explanations.flatMap((explanation) => explanationLines(explanation, isUndecided));
}

function queueNamed({ state }: Host, word: string): Apqn {
  const apqn = parseApqn(word.toLowerCase());
  if (apqn === undefined)
    throw new UserError(`"${word}" is no queue: two hex digits, a dot, four hex digits, such as 04.0047`);
  const { maxAdapter, maxDomain } = state.facts;
  if (apidOf(apqn) <= maxAdapter && apqiOf(apqn) <= maxDomain) return apqn;
  const highest = `${formatApid(asApid(maxAdapter))}.${formatApqi(asApqi(maxDomain))}`;
  throw new UserError(`${word} is beyond this machine: its highest adapter and domain are ${highest}`);
}

/** By the name of its guest, by what people call its mdev, or by the UUID of that. */
function findGuest({ state }: Host, name: string, labels: ReadonlyMap<string, string>): Mdev {
  const known: string[] = [];
  const labelled: Mdev[] = [];
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    const guest = mdev.guest === undefined ? undefined : state.names.nameOf(mdev.guest);
    if (mdevName(mdev) === name.toLowerCase() || guest === name) return mdev;
    const label = labels.get(mdevName(mdev));
    if (label === name) labelled.push(mdev);
    if (label !== undefined && label !== guest) known.push(label);
    known.push(...(guest === undefined || guest === mdevName(mdev) ? [] : [guest]), mdevName(mdev));
  }
  if (labelled[0]) return labelled[0];
  if (known.length === 0) throw new UserError(`no guest or mdev "${name}"; there is none`);
  const few = known.length <= FEW ? `there are ${known.join(", ")}` : `there are ${state.mdevCount} mdevs`;
  throw new UserError(`no guest or mdev "${name}": did you mean "${nearestName(name, known)}"? ${few}`);
}

/** So many names are told. */
const FEW = 8;
