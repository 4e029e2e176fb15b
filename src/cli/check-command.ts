// apmatrix check: everything that can happen in a small host, with what holds and the shortest way to what does not.
import type { Command } from "commander";
import type { ExploreResult, PropertyResult } from "../checker/explorer/explore-result.ts";
import type { Model } from "../checker/model.ts";
import { pathItf } from "../checker/path-itf.ts";
import { isWrong, resultJson, resultLines, stopLine } from "../checker/result-text.ts";
import { runCheck } from "../checker/run/run-check.ts";
import { UserError } from "../guards/user-error.ts";
import { type CheckOptions, DEFAULTS, runOptionsOf } from "./check-options.ts";
import { CheckProgress } from "./check-progress.ts";
import { chooseFormat, formatOption } from "./choices.ts";
import { EXIT, tellWarnings } from "./outcome.ts";
import { writeText } from "./output-files.ts";
import { printLines } from "./terminal.ts";

const FORMATS = ["text", "json", "itf"] as const;

const list = (value: string, before: readonly string[] = []): string[] => [...before, ...value.split(",")];

export function addCheckCommand(program: Command): void {
  program
    .command("check")
    .description("try everything that can happen in a small host: what always holds, what can happen, and how")
    .option(
      "--model <name>",
      "core (the lab's own rules), inside (the same, with what guests' own buses show), or reference (a small exact one)",
      DEFAULTS.model,
    )
    .option("--host <size>", "adapters x domains x mdevs", DEFAULTS.host)
    .option("--absent <n>", "adapters, and domains, that may be out of the host at one time", DEFAULTS.absent)
    .option("--profile <name>", "the kernel (core)")
    .option("--without <fix>", "take a fix away again; may be repeated (core, see docs/history.md)", list)
    .option("--against <profile>", "the shortest way to where a guest sees a difference (core)")
    .option("--events <kinds>", "kinds of events, with commas (core)", list)
    .option("--rule <n>", "0 to 4 (reference)", DEFAULTS.rule)
    .option("--control-domains", "with control domains (reference)")
    .option("--reserved", "the last queue belongs to the default driver (reference)")
    .option("--nested", "the guest has a guest of its own (inside)")
    .option(
      "--notice <how>",
      "how guests notice changes: scan (the default) or at-once, with commas for several (inside)",
    )
    .option("--property <names>", "only these properties, with commas", list)
    .option(
      "--property-file <file>",
      "properties of your own (core, see examples/property.ts); the code of this file is run, so read it first",
    )
    .option("--symmetry", "states that differ only in names are one")
    .option("--fingerprint", "keep 64-bit fingerprints of states instead of states")
    .option("--workers <n>", "threads", DEFAULTS.workers)
    .option("--depth <n>", "no further than so many events")
    .option("--max-states <n>", "no more states than about so many")
    .option("--memory <size>", "no more memory, such as 512M or 8G (three quarters of what is free)")
    .option("--first", "stop at the first thing found")
    .addOption(formatOption(FORMATS))
    .option("--out <trace>", "write the shortest trace as a trace to play (core)")
    .option("--script <file>", "write the shortest trace as a shell script (core)")
    .action(async (options: CheckOptions) => {
      const stop = new AbortController();
      const interrupt = () => stop.abort();
      // Only now: while a property file is read, a signal does what it always does.
      const signal = () => {
        process.once("SIGINT", interrupt);
        return stop.signal;
      };
      try {
        const { lines, warnings, exit } = await check(options, signal);
        tellWarnings(warnings);
        if (lines.length > 0) printLines(lines);
        process.exitCode = exit;
      } finally {
        process.removeListener("SIGINT", interrupt);
      }
    });
}

interface CheckOutput {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
  readonly exit: number;
}

/** @throws UserError */
export async function check(options: CheckOptions, signal?: () => AbortSignal): Promise<CheckOutput> {
  const format = chooseFormat(options.format, FORMATS);
  const runOptions = runOptionsOf(options);
  const progress = new CheckProgress();
  const start = performance.now();
  const { model, result } = await runCheck({
    ...runOptions,
    onProgress: (howFar) => progress.tell(howFar),
    ...(signal && { signal }),
  });
  progress.end();
  const seconds = (performance.now() - start) / 1000;
  const chosen = { ...result, properties: chosenOf(result, options.property) };
  const shortest = shortestOf(chosen.properties);
  writeTraces(options, model, shortest);
  const lines = {
    text: () => resultLines(model, chosen, seconds),
    json: () => [JSON.stringify(resultJson(chosen))],
    itf: () => (shortest?.path ? [JSON.stringify(pathItf(model, shortest.path, shortest.property.sentence))] : []),
  }[format]();
  const warnings = [
    ...(format === "itf" && shortest === undefined ? ["nothing was found, so there is no trace"] : []),
    ...(result.stopped === undefined || result.stopped === "found" ? [] : [stopLine(result.stopped, result, model)]),
  ];
  return { lines, warnings, exit: exitOf(chosen) };
}

/** Reaching a bound that the user chose is not an error if something was found within it. */
function exitOf(result: ExploreResult): number {
  const { stopped, properties } = result;
  if (stopped === "interrupted" || stopped === "memory" || stopped === "threw") return EXIT.error;
  if (properties.some((found) => isWrong(found, stopped))) return EXIT.difference;
  return stopped === undefined || stopped === "found" ? EXIT.ok : EXIT.error;
}

/** The core has only the properties that were asked for; the reference model always has all. */
const chosenOf = ({ properties }: ExploreResult, names: readonly string[] | undefined): readonly PropertyResult[] =>
  names === undefined ? properties : properties.filter(({ property }) => names.includes(property.name));

function shortestOf(properties: readonly PropertyResult[]): PropertyResult | undefined {
  const found = properties.filter(({ path }) => path !== undefined);
  const least = Math.min(...found.map(({ shortest }) => shortest ?? Number.POSITIVE_INFINITY));
  return found.find(({ shortest }) => shortest === least);
}

function writeTraces({ out, script }: CheckOptions, model: Model, shortest: PropertyResult | undefined): void {
  const files = [[out, model.traceLines] as const, [script, model.scriptLines] as const];
  for (const [file, write] of files) {
    if (file === undefined) continue;
    if (write === undefined)
      throw new UserError(`${file}: ${model.name} cannot be written as a trace; --format itf can`);
    if (shortest?.path === undefined) throw new UserError(`${file}: nothing was found, so there is no trace`);
    writeText(
      file,
      `${write.call(model, shortest.path, `${shortest.property.name}: ${shortest.property.sentence}`).join("\n")}\n`,
    );
  }
}
