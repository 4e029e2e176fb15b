// Carrying out what apmatrix apply was asked for: under the lock the host is looked at anew, the plan made or found again in it, and
// then step after step is written and compared.
import { existsSync } from "node:fs";
import { carryOut, type Target } from "../answers/apply/carry-out.ts";
import { deviationText } from "../answers/apply/deviation.ts";
import { fewOf } from "../answers/apply/fact-changes.ts";
import { readFacts } from "../answers/apply/facts.ts";
import { type Script, type Standing, scriptOf, standingOf } from "../answers/apply/script.ts";
import { type LackingJson, lackingToJson } from "../answers/plan/plan-json.ts";
import { labelOf, missingLines } from "../answers/plan/plan-text.ts";
import { planChanges } from "../answers/plan/planner.ts";
import { predict } from "../answers/plan/prediction.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { InterruptedError } from "../guards/signals.ts";
import { UserError } from "../guards/user-error.ts";
import { writeMaybeWaiting } from "../sources/machine/waiting-write.ts";
import { isCopy, obstacleToWriting } from "../sources/machine/writable.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Report } from "./apply-report.ts";
import type { Request } from "./apply-request.ts";
import { type HostFound, openHostFrom } from "./host-source.ts";
import { EXIT } from "./outcome.ts";
import { plan } from "./plan-command.ts";

export interface ApplyOptions {
  readonly from: string;
  readonly format: string;
  readonly lock: string;
  readonly lockTimeout: string;
  readonly profile?: string;
  readonly prune?: boolean;
  readonly dryRun?: boolean;
}

interface Prepared {
  readonly script: Script;
  readonly standing: Standing;
  /** What guests will lack in the end, one line for each reason. A plan's file does not tell. */
  readonly missing: readonly string[];
  readonly lacking: readonly LackingJson[] | undefined;
}

/** --dry-run */
export async function showRequest(request: Request, options: ApplyOptions, report: Report): Promise<number> {
  if (request.kind === "desired") {
    const { lines, warnings } = await plan(request.file, options);
    for (const warning of warnings) report.note(warning);
    report.lines(lines);
    return EXIT.ok;
  }
  const open = await openHostFrom(options);
  const { script, standing } = prepare(request, options, open, report);
  open.close();
  const of = script.steps.length;
  for (const [i, step] of script.steps.entries()) {
    report.step({ at: i + 1, of, step, result: i < standing.done ? "done before" : "to do" });
  }
  const sentences = [`${of - standing.done} of ${of} steps to do; nothing was written`];
  report.end({ result: "dry run", done: standing.done, of, sentences });
  return EXIT.ok;
}

export async function applyRequest(request: Request, options: ApplyOptions, report: Report): Promise<number> {
  const open = await openHostFrom(options);
  if (!open.isLive || isCopy(options.from))
    throw new UserError(
      `${options.from}: nothing can be written to it, only to the /sys of a host or a lab; --dry-run shows what would be`,
    );
  try {
    return await applyTo(open, { request, options, report });
  } finally {
    open.close();
  }
}

async function applyTo(open: HostFound, about: Circumstances): Promise<number> {
  const { request, options, report } = about;
  const prepared = prepare(request, options, open, report);
  const { script, standing, missing, lacking } = prepared;
  const of = script.steps.length;
  const { done } = standing;
  if (done === of) {
    const sentences = ["Nothing to do: the host is as desired, as far as its kernel allows.", ...missing];
    report.end({ result: "unchanged", done, of, sentences, missing: lacking });
    return EXIT.ok;
  }
  checkWritable(options.from, script, standing);
  if (done > 0) report.note(`${request.file}: ${done} of ${of} steps are done, it goes on with step ${done + 1}`);
  report.begin({ done, of });
  return await carryOutSteps(prepared, open, about);
}

function prepare(
  request: Request,
  options: ApplyOptions,
  { host, sysfs, warnings }: HostFound,
  report: Report,
): Prepared {
  const others = request.kind === "desired" ? request.warnings : [];
  for (const warning of [...others, ...warnings]) report.note(warning);
  const now = readFacts(sysfs);
  if (request.kind === "plan") {
    const standing = standingOf(request.script, now);
    const { done, differences } = standing;
    if (differences.length === 0) return { script: request.script, standing, missing: [], lacking: undefined };
    const when =
      done === 0 ? "what it was when the plan was made" : `what it was to be after step ${done} or any other`;
    throw new UserError(
      `${request.file}: the host is not ${when} (${fewOf(differences)}), nothing was written; make the plan again`,
    );
  }
  const made = planChanges(host, request.desired, options.prune === true);
  if (!made.ok) throw new UserError(formatInputError(request.placed(made.error)));
  const lacking = predict(host, made.value).mdevs.filter(({ missing }) => missing.length > 0);
  return {
    script: scriptOf(host, made.value, now),
    standing: { done: 0, expected: now, differences: [] },
    missing: lacking.flatMap((mdev) => [`mdev ${labelOf(mdev)}`, ...missingLines(mdev.missing)]),
    lacking: lacking.map(lackingToJson),
  };
}

function checkWritable(from: string, { steps }: Script, { done }: Standing): void {
  if (!existsSync(from)) return;
  const obstacle = obstacleToWriting(
    from,
    steps.slice(done).map(({ path }) => path),
  );
  if (obstacle !== undefined) throw new UserError(`${obstacle}; nothing was written`);
}

interface Circumstances {
  readonly request: Request;
  readonly options: ApplyOptions;
  readonly report: Report;
}

async function carryOutSteps(
  { script, standing, missing, lacking }: Prepared,
  { sysfs }: HostFound,
  { request, options, report }: Circumstances,
): Promise<number> {
  const of = script.steps.length;
  const waiting = new Map<string, number | undefined>();
  const target = targetFor(options.from, sysfs, (uuid, pid) => waiting.set(uuid, pid));
  let done = standing.done;
  try {
    for await (const progress of carryOut(script, standing, target)) {
      const { kind, at, step } = progress;
      if (kind === "deviation") {
        const { answer, differences } = progress;
        report.step({
          at,
          of,
          step,
          result: kind,
          more: { expected: step.answer, answer: answer ?? step.answer, differences },
        });
        const message = `${deviationText(progress, of)}; stopped there. ${goingOn(request)}`;
        report.end({ result: "deviation", done, of, sentences: [], waiting: [...waiting.keys()], message });
        return EXIT.error;
      }
      report.step({ at, of, step, result: kind });
      done = at;
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    const message = `${error.message} after step ${done} of ${of}; the same command goes on from there`;
    report.end({ result: "stopped", done, of, sentences: [], waiting: [...waiting.keys()], message });
    return EXIT.error;
  }
  const writes = of - standing.done;
  const sentences = [
    `Applied: ${writes === 1 ? "1 write" : `${writes} writes`}.`,
    ...[...waiting].map(waitingSentence),
    ...missing,
  ];
  report.end({ result: "applied", done, of, sentences, waiting: [...waiting.keys()], missing: lacking });
  return EXIT.ok;
}

const goingOn = ({ kind, file }: Request): string =>
  kind === "plan"
    ? "To go on, look at the host (apmatrix show) and make a new plan."
    : `To go on, look at the host (apmatrix show) and apply ${file} again: it is planned anew from there.`;

const waitingSentence = ([uuid, pid]: readonly [string, number | undefined]): string =>
  `mdev ${uuid} goes when its guest has let go${pid === undefined ? "" : `; process ${pid} waits for that`}.`;

/** Removals in a directory are left to another process, because they may wait; everything else is one call. */
function targetFor(from: string, sysfs: Sysfs, onWait: (uuid: string, pid: number | undefined) => void): Target {
  return {
    sysfs,
    async write(path, value) {
      const uuid = /([^/]*)\/remove$/.exec(path)?.[1];
      if (uuid === undefined) return sysfs.write(path, value);
      if (!existsSync(from)) {
        const result = sysfs.write(path, value);
        if (result.ok && result.value.outcome === "waits") onWait(uuid, undefined);
        return result;
      }
      const { result, waitsAs } = await writeMaybeWaiting(from, path, value);
      if (waitsAs !== undefined) onWait(uuid, waitsAs);
      return result;
    },
  };
}
