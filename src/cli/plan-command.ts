// apmatrix plan: the writes after which a host is as a file says, and what they do to whom.
import { statSync } from "node:fs";
import type { Command } from "commander";
import type { FactMap } from "../answers/apply/fact.ts";
import { isPlanText, planFile } from "../answers/apply/plan-file.ts";
import { factsOf } from "../answers/apply/read-facts.ts";
import { rehearseScript } from "../answers/apply/script.ts";
import { guestSide, guestSideLines, guestSideToJson } from "../answers/inside/guest-side.ts";
import type { Allowance } from "../answers/plan/allowance.ts";
import { moreByLoss } from "../answers/plan/more.ts";
import { naiveLosses } from "../answers/plan/naive.ts";
import { otherKeys } from "../answers/plan/other-keys.ts";
import { planToJson } from "../answers/plan/plan-json.ts";
import { planLines } from "../answers/plan/plan-text.ts";
import { type Plan, planChanges } from "../answers/plan/planner.ts";
import { predict } from "../answers/plan/prediction.ts";
import { type Rehearsed, rehearse } from "../answers/plan/rehearse.ts";
import { UserError } from "../guards/user-error.ts";
import { keysIn } from "../sources/read-keys.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { chooseFormat, formatOption } from "./choices.ts";
import { type DesiredInput, possible, readDesired } from "./desired-input.ts";
import {
  domainsOption,
  fromOption,
  type HostOptions,
  openHostFrom,
  profileOption,
  refuseUnloaded,
} from "./host-source.ts";
import { readText } from "./input-files.ts";
import { allowanceFrom, allowLossOption } from "./loss-consent.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { writeText } from "./output-files.ts";
import { uuidOption } from "./piece-files.ts";
import { printLines } from "./terminal.ts";

const FORMATS = ["text", "json"] as const;

export interface PlanOptions extends HostOptions {
  readonly format: string;
  readonly prune?: boolean;
  readonly allowLoss?: readonly string[];
  readonly uuid?: string;
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  /** What the guests' own Linuxes make of the steps is told, too. */
  readonly guestSide?: boolean;
}

export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .description("the writes after which a host is as desired, and what every guest loses on the way")
    .argument("<desired>", "the desired state (YAML, see docs/plan.md), or definitions of mdevctl or libvirt")
    .addOption(fromOption())
    .addOption(domainsOption())
    .addOption(formatOption(FORMATS))
    .addOption(profileOption())
    .option("--prune", "remove mdevs that the file does not name")
    .addOption(allowLossOption())
    .addOption(uuidOption())
    .option("--out <trace>", "write the steps with their expected answers to a trace")
    .option("--guest-side", "also when each guest's own Linux notices each step, and what its bus shows until then")
    .option("--detailed-exitcode", "exit with 2 if there are changes")
    .action(async (file: string, options: PlanOptions) => {
      const { lines, changes, warnings } = await plan(file, options);
      tellWarnings(warnings);
      printLines(lines);
      process.exitCode = changes && options.detailedExitcode ? EXIT.difference : EXIT.ok;
    });
}

interface PlanOutput {
  readonly lines: readonly string[];
  readonly changes: boolean;
  readonly warnings: readonly string[];
}

/** @throws UserError for a file, a source or options that cannot be used */
export async function plan(file: string, options: PlanOptions): Promise<PlanOutput> {
  const format = chooseFormat(options.format, FORMATS);
  if (options.out !== undefined) refuseOverwriting(options.out, [file, options.from]);
  return await planFor(await readDesired(file, options.uuid), format, options);
}

/** @throws UserError what would be written over is not a plan, or is what the plan is made of */
function refuseOverwriting(out: string, inputs: readonly string[]): void {
  const there = statSync(out, { throwIfNoEntry: false });
  if (!there?.isFile() || there.size === 0) return;
  const isSame = (input: string): boolean => {
    const other = statSync(input, { throwIfNoEntry: false });
    return other?.ino === there.ino && other.dev === there.dev;
  };
  const input = inputs.find(isSame);
  if (input !== undefined)
    throw new UserError(`--out ${out}: the plan is made of ${input}, which it would replace; name another file`);
  if (!isPlanText(readText(out)))
    throw new UserError(`--out ${out}: it is there and is not a plan; remove it, or name another file`);
}

/** @throws UserError for what is desired and cannot be, or a source that cannot be used */
export async function planFor(
  input: DesiredInput,
  format: (typeof FORMATS)[number],
  options: Omit<PlanOptions, "format">,
): Promise<PlanOutput> {
  const found = await openHostFrom(options);
  const { host, observe, labels, inside } = found;
  const kept = options.out === undefined ? undefined : { file: options.out, shown: factsOf(observe()) };
  const { desired } = input;
  const prune = options.prune === true;
  const allowed = allowanceFrom(options.allowLoss, { ...found, mdevs: desired.mdevs });
  const made = possible(input, planChanges(host, desired, prune, allowed));
  refuseUnloaded(
    { observe },
    options,
    made.steps.map(([path]) => ({ path })),
  );
  const prediction = predict(
    kept ? rehearseInto({ ...kept, allowed, labels }, host, made) : rehearse(host, made),
    labels,
  );
  const warnings = [...found.warnings, ...otherKeys(prediction.mdevs, keysIn(found))];
  found.close();
  const more = moreByLoss(host, desired, prune, prediction);
  const side = options.guestSide ? guestSide(host, inside, prediction.steps) : undefined;
  const lines =
    format === "json"
      ? [JSON.stringify({ ...planToJson(prediction, more), ...(side && { guest_side: guestSideToJson(side) }) })]
      : [
          ...planLines(prediction, { naive: naiveLosses(host, made), more, allowed }),
          ...(side ? ["", ...guestSideLines(side)] : []),
        ];
  return { lines, changes: prediction.steps.length > 0, warnings: [...input.warnings, ...warnings] };
}

interface KeptPlan {
  readonly file: string;
  readonly shown: FactMap;
  readonly allowed: Allowance;
  readonly labels: ReadonlyMap<string, string>;
}

function rehearseInto({ file, shown, allowed, labels }: KeptPlan, host: Host, made: Plan): Rehearsed {
  const rehearsed = rehearseScript(host, made, shown);
  writeText(file, `${planFile(rehearsed, allowed, labels).join("\n")}\n`);
  return rehearsed;
}
