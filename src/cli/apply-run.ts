// Carrying out what apmatrix apply was asked for: under the lock the host is read again, the plan is made or compared with it, and then step
// after step is written and compared.
import { carryOut } from "../answers/apply/carry-out.ts";
import { deviationText } from "../answers/apply/deviation.ts";
import { type Prepared, prepareDesired, preparePlan } from "../answers/apply/prepare.ts";
import { factsOf } from "../answers/apply/read-facts.ts";
import type { ScriptStep } from "../answers/apply/script.ts";
import { mayLose } from "../answers/plan/allowance.ts";
import { type GuestLoss, notAllowed } from "../answers/plan/losses.ts";
import { lackingToJson } from "../answers/plan/plan-json.ts";
import { lackingLines } from "../answers/plan/plan-text.ts";
import { InterruptedError } from "../guards/signals.ts";
import { UserError } from "../guards/user-error.ts";
import { ApplyTarget } from "../sources/machine/apply-target.ts";
import { isCopy } from "../sources/machine/writable.ts";
import { keysIn } from "../sources/read-keys.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { checkKeeping, filesToKeep, type Kept, keepOrTell } from "./apply-keeping.ts";
import { ApplyRecord, recordBeside } from "./apply-record.ts";
import type { EndLine, Report } from "./apply-report.ts";
import type { ApplyRequest } from "./apply-request.ts";
import { possible } from "./desired-input.ts";
import { type HostFound, type HostOptions, openHostFrom, refuseUnloaded } from "./host-source.ts";
import { allowanceFrom } from "./loss-consent.ts";
import { EXIT } from "./outcome.ts";
import { planFor } from "./plan-command.ts";

export interface ApplyOptions extends HostOptions {
  readonly format: string;
  readonly lock: string;
  readonly lockTimeout: string;
  readonly prune?: boolean;
  readonly allowLoss?: readonly string[];
  readonly dryRun?: boolean;
  readonly record?: string;
  readonly persist?: boolean;
  readonly root?: string;
}

/** --dry-run */
export async function showRequest(
  request: ApplyRequest,
  format: "text" | "json",
  options: ApplyOptions,
  report: Report,
): Promise<number> {
  if (request.kind === "desired") {
    const { lines, warnings } = await planFor(request, format, options);
    for (const warning of warnings) report.note(warning);
    report.lines(lines);
    if (!options.persist) return EXIT.ok;
  }
  const open = await openHostFrom(options);
  try {
    showSteps(request, format, options, open, report);
  } finally {
    open.close();
  }
  return EXIT.ok;
}

function showSteps(
  request: ApplyRequest,
  format: "text" | "json",
  options: ApplyOptions,
  open: HostFound,
  report: Report,
): void {
  // What is to be said of a desired state has been said with its plan.
  const quiet = { note: () => undefined };
  const { script, standing } = prepare(request, options, open, request.kind === "plan" ? report : quiet).prepared;
  const then = () => hostAfter(open.host, script.steps.slice(standing.done));
  const showFiles = () => options.persist && report.lines(filesToKeep(request, { ...options, format }, open, then()));
  if (request.kind === "desired") return void showFiles();
  const of = script.steps.length;
  for (const [i, step] of script.steps.entries()) {
    report.step({ at: i + 1, of, step, result: i < standing.done ? "done before" : "to do" });
  }
  const sentences = [`${of - standing.done} of ${of} steps to do; nothing was written`];
  report.end({ result: "dry run", done: standing.done, of, sentences });
  showFiles();
}

/** What would be seen after these writes; the host stays as it is. */
function hostAfter(host: Host, steps: readonly ScriptStep[]): ObservedHost {
  const player = new Player(host.profile, () => undefined, host);
  for (const [at, { path, value }] of steps.entries()) player.apply({ op: "write", path, value }, at + 1);
  return observeHost(player.sysfs);
}

/** @param consent asked before the first write if running guests lose queues that nobody has allowed; @throws UserError if not */
export async function applyRequest(
  request: ApplyRequest,
  options: ApplyOptions,
  report: Report,
  consent: (losses: readonly GuestLoss[]) => Promise<void>,
): Promise<number> {
  const open = await openHostFrom(options);
  if (!open.isLive || isCopy(options.from))
    throw new UserError(
      `${options.from}: nothing can be written to it, only to the /sys of a host or a lab; --dry-run shows what would be`,
    );
  try {
    const target = new ApplyTarget(options.from, open.sysfs);
    if (request.kind === "plan") refuseUnloaded(open, options, request.script.steps);
    const { prepared, unasked } = prepare(request, options, open, report);
    checkKeeping(request, options, open);
    return await applyTo(target, prepared, request, report, {
      consent: () => consent(unasked),
      begin: () => recordFor(request, options, open.host, report),
      keep: () => keepOrTell(request, options, open),
    });
  } finally {
    open.close();
  }
}

interface Ready {
  readonly prepared: Prepared;
  /** What running guests lose and nobody has allowed. */
  readonly unasked: readonly GuestLoss[];
}

function prepare(request: ApplyRequest, options: ApplyOptions, found: HostFound, report: Pick<Report, "note">): Ready {
  const { host, observe, warnings } = found;
  const others = request.kind === "desired" ? request.warnings : [];
  for (const warning of [...others, ...warnings]) report.note(warning);
  const now = factsOf(observe());
  if (request.kind === "desired") {
    const { desired } = request;
    const allowed = allowanceFrom(options.allowLoss, { ...found, mdevs: desired.mdevs });
    const wish = { desired, prune: options.prune === true, allowed, labels: found.labels, keysOf: keysIn(found) };
    const prepared = possible(request, prepareDesired(host, wish, now));
    for (const sentence of prepared.otherKeys) report.note(sentence);
    refuseUnloaded({ observe }, options, prepared.script.steps);
    return { prepared, unasked: notAllowed(prepared.losses, allowed) };
  }
  const { losses = [], allowed: before } = request.script;
  const allowed = allowanceFrom(options.allowLoss, { ...found, mdevs: losses });
  const there = preparePlan(request.script, now);
  if (!there.ok) throw new UserError(`${request.file}: ${there.message}`);
  return { prepared: there.value, unasked: notAllowed(losses, allowed).filter(({ uuid }) => !mayLose(before, uuid)) };
}

interface Around {
  /** Asked before the first write. */
  readonly consent: () => Promise<void>;
  /** The record, if one is to be kept; called before the first write. */
  readonly begin: () => ApplyRecord | undefined;
  /** Called when the host is as desired. */
  readonly keep: () => Kept;
}

/** A record that nobody asked for is kept where that is possible. @throws UserError one that was asked for cannot be */
function recordFor(
  { kind, file }: ApplyRequest,
  { record, from }: ApplyOptions,
  host: Host,
  report: Report,
): ApplyRecord | undefined {
  const path = record ?? (kind === "plan" ? recordBeside(file) : undefined);
  if (path === undefined) return undefined;
  try {
    return new ApplyRecord({ path, file, from, host });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (record !== undefined) throw new UserError(`${error.message}; nothing was written`);
    report.note(`no record is kept: ${error.message}`);
    return undefined;
  }
}

async function applyTo(
  target: ApplyTarget,
  prepared: Prepared,
  request: ApplyRequest,
  report: Report,
  { consent, begin, keep }: Around,
): Promise<number> {
  const { script, standing, lacking } = prepared;
  const of = script.steps.length;
  const lacks = lacking?.flatMap(lackingLines) ?? [];
  const missing = lacking?.map(lackingToJson);
  let { done } = standing;
  if (done === of) {
    const { sentences: kept, ...boot } = keep();
    const sentences = ["Nothing to do: the host is as desired, as far as its kernel allows.", ...lacks, ...kept];
    report.end({ result: "unchanged", done, of, sentences, missing, ...boot });
    return EXIT.ok;
  }
  const obstacle = target.obstacle(script.steps.slice(done).map(({ path }) => path));
  if (obstacle !== undefined) throw new UserError(`${obstacle}; nothing was written`);
  await consent();
  if (done > 0) report.note(`${request.file}: ${done} of ${of} steps are done, it goes on with step ${done + 1}`);
  const record = begin();
  report.begin({ done, of });
  const end = (result: EndLine["result"], more: Partial<EndLine>): void => {
    report.end({ result, done, of, sentences: [], waiting: [...target.waiting.keys()], ...more });
    record?.end(result, more.message);
  };
  try {
    for await (const progress of carryOut(script, standing, target)) {
      const { kind, at, step } = progress;
      if (kind === "deviation") {
        const { answer = step.answer, differences } = progress;
        report.step({ at, of, step, result: kind, more: { expected: step.answer, answer, differences } });
        end(kind, { message: `${deviationText(progress, of)}; stopped there. ${goingOn(request)}` });
        return EXIT.error;
      }
      report.step({ at, of, step, result: kind });
      record?.step(step.path, step.value);
      done = at;
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    end("stopped", { message: `${error.message} after step ${done} of ${of}; the same command goes on from there` });
    return EXIT.error;
  }
  const writes = of - standing.done;
  const applied = `Applied: ${writes === 1 ? "1 write" : `${writes} writes`}.`;
  const { sentences: kept, ...boot } = keep();
  const sentences = [applied, ...[...target.waiting].map(waitingSentence), ...lacks, ...kept];
  end("applied", { sentences, missing, ...boot });
  return EXIT.ok;
}

const goingOn = ({ kind, file }: ApplyRequest): string =>
  kind === "plan"
    ? "To go on, look at the host (apmatrix show) and make a new plan."
    : `To go on, look at the host (apmatrix show) and apply ${file} again: it is planned anew from there.`;

const waitingSentence = ([uuid, pid]: readonly [string, number | undefined]): string =>
  `mdev ${uuid} goes when its guest has let go${pid === undefined ? "" : `; process ${pid} waits for that`}.`;
