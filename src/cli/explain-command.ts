// apmatrix explain: why a guest has a queue or not.
import type { Command } from "commander";
import { explain, explanationToJson } from "../answers/explain/explain.ts";
import { explanationLines } from "../answers/explain/sentences.ts";
import { nearestName } from "../formats/reading/nearest-name.ts";
import { UserError } from "../guards/user-error.ts";
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi, parseApqn } from "../system/ap/apqn.ts";
import { asApid, asApqi } from "../system/ap/id.ts";
import type { Mdev } from "../system/machine/mdev.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { chooseFormat } from "./choices.ts";
import { EXPLAIN_FORMATS, type ExplainOptions, explainWrite } from "./explain-write-command.ts";
import { fromOption, type HostFound, hostFrom, profileOption } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("why a guest has its queues or not")
    .argument("<guest>", "a guest's name, or the UUID of its mdev")
    .argument("[queues...]", "queues such as 04.0047; without any, all that are assigned to it")
    // For the values of the older form, "explain errno PATH VALUE", such as -5,-6.
    .allowUnknownOption()
    .addOption(fromOption())
    .option("--format <format>", EXPLAIN_FORMATS.join(", "), "text")
    .addOption(profileOption())
    .action(async (guest: string, words: string[], options: ExplainOptions) => {
      // A guest may be named errno, and its queues have no slash.
      if (guest === "errno" && words[0]?.includes("/")) return explainWrite(words, options);
      const unknown = words.find((word) => word.startsWith("-"));
      if (unknown !== undefined) throw new UserError(`unknown option '${unknown}'`);
      const format = chooseFormat(options.format, EXPLAIN_FORMATS);
      const found = await hostFrom(options);
      tellWarnings(found.warnings);
      console.log(explainGuest(found, guest, words, format).join("\n"));
      process.exitCode = EXIT.ok;
    });
}

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
