// apmatrix plan: the writes after which a host is as a file says, and what they do to whom.
import type { Command } from "commander";
import { readFacts } from "../answers/apply/facts.ts";
import { planFile } from "../answers/apply/plan-file.ts";
import { naiveLosses } from "../answers/plan/naive.ts";
import { planToJson } from "../answers/plan/plan-json.ts";
import { planLines } from "../answers/plan/plan-text.ts";
import { planChanges } from "../answers/plan/planner.ts";
import { predict } from "../answers/plan/prediction.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { UserError } from "../guards/user-error.ts";
import { chooseFormat } from "./choices.ts";
import { readDesired } from "./desired-input.ts";
import { fromOption, openHostFrom, profileOption } from "./host-source.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { writeText } from "./output-files.ts";
import { printLines } from "./terminal.ts";

const FORMATS = ["text", "json"] as const;

export interface PlanOptions {
  readonly from: string;
  readonly format: string;
  readonly profile?: string;
  readonly prune?: boolean;
  readonly out?: string;
  readonly detailedExitcode?: boolean;
}

export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .description("the writes after which a host is as desired, and what every guest loses on the way")
    .argument("<desired>", "the desired state (YAML, see docs/plan.md), or definitions of mdevctl or libvirt")
    .addOption(fromOption())
    .option("--format <format>", FORMATS.join(", "), "text")
    .addOption(profileOption())
    .option("--prune", "remove mdevs that the file does not name")
    .option("--out <trace>", "write the steps with their expected answers to a trace")
    .option("--detailed-exitcode", "exit with 2 if there are changes")
    .action(async (file: string, options: PlanOptions) => {
      const { lines, changes, warnings } = await plan(file, options);
      tellWarnings(warnings);
      printLines(lines);
      process.exitCode = changes && options.detailedExitcode ? EXIT.difference : EXIT.ok;
    });
}

export interface PlanOutput {
  readonly lines: readonly string[];
  readonly changes: boolean;
  readonly warnings: readonly string[];
}

/** @throws UserError for a file, a source or options that cannot be used */
export async function plan(file: string, options: PlanOptions): Promise<PlanOutput> {
  const format = chooseFormat(options.format, FORMATS);
  const { desired, placed, ...read } = await readDesired(file);
  const { host, sysfs, warnings, close } = await openHostFrom(options);
  const shown = options.out === undefined ? undefined : readFacts(sysfs);
  close();
  const made = planChanges(host, desired, options.prune === true);
  if (!made.ok) throw new UserError(formatInputError(placed(made.error)));
  const prediction = predict(host, made.value);
  if (options.out !== undefined) writeText(options.out, `${planFile(host, made.value, shown).join("\n")}\n`);
  const lines =
    format === "json" ? [JSON.stringify(planToJson(prediction))] : planLines(prediction, naiveLosses(host, made.value));
  return { lines, changes: prediction.steps.length > 0, warnings: [...read.warnings, ...warnings] };
}
