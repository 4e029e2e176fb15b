// Any text that somebody drops on the page, as a history: a trace or counterexample, a recording of a real host, a host description, a
// listing of lszcrypt, a scenario; and the steps of a plan, or a desired state, which start from the host that is shown.

import { planChanges } from "../../answers/plan/planner.ts";
import { type HostDescription, parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { detectAndImport, detectInput } from "../../formats/listing/detect-import.ts";
import { formatInputError } from "../../formats/reading/input-error.ts";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { scenarioTimeline } from "../../history/timeline/from-scenario.ts";
import { type HistoryLine, isSnapshot, parseHistory } from "../../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../../history/timeline/stored-host.ts";
import { Timeline } from "../../history/timeline/timeline.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, profileNamed, TRACE_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { Session } from "./session.ts";

export type OpenedText =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly error: string };

const opened = (session: Session): OpenedText => ({ ok: true, session });
const cannot = (error: string): OpenedText => ({ ok: false, error });

/** What the page shows when something is opened: plans start from there. */
export interface OpenedAt {
  readonly session: Session;
  readonly index: number;
}

/**
 * @param file its name, for messages and to tell what it is
 * @param profile the kernel of a text that names none
 */
export function openText(text: string, file: string, shown: OpenedAt | undefined, profile?: Profile): OpenedText {
  const name = file
    .replace(/^.*\//, "")
    .replace(/\.(gz|jsonl|ya?ml|scenario|txt|json)$/g, "")
    .replace(/\.jsonl$/, "");
  if (/^\s*\{[^\n]*"trace"\s*:/.test(text)) return openHistory(text, file, shown);
  if (file.endsWith(".scenario") || /^(?:#[^\n]*\n|[^\S\n]*\n)*(?:profiles|name|host) /.test(text)) {
    return openScenario(text, file, profile);
  }
  const plan = readPlanJson(text);
  if (plan) return continued(shown, plan, name, "step of the plan");
  if (/^[ \t]*mdevs\s*:/m.test(text) && !/^[ \t]*cards\s*:/m.test(text)) return openDesired(text, file, name, shown);
  if (/\.ya?ml$/.test(file) || detectInput(text) !== undefined) {
    const read = /\.ya?ml$/.test(file)
      ? parseHostDescription(text, file, profile)
      : detectAndImport(text, file, profile);
    return read.ok
      ? describedSession(read.value, name, profile ?? DEFAULT_PROFILE, read.warnings)
      : cannot(formatInputError(read.error));
  }
  return cannot(`${file}: it is not a trace, host description, listing of lszcrypt, scenario, plan or desired state`);
}

function describedSession(
  description: HostDescription,
  name: string,
  profile: Profile,
  warnings: readonly string[],
): OpenedText {
  const timeline = Timeline.of(profile, hostOperations(description));
  return opened(new Session({ name, describes: description.describes ?? `the host of ${name}`, timeline, warnings }));
}

function openHistory(text: string, file: string, shown: OpenedAt | undefined): OpenedText {
  const read = parseHistory(text);
  if (!read.ok) return cannot(`${file}:${read.error.line}:${read.error.column}: expected ${read.error.expected}`);
  const { header, lines } = read.value;
  const [first] = lines;
  if (!first) return cannot(`${file}: nothing happens in this trace`);
  if (!isSnapshot(first) && first.operation.op !== "init") {
    const writes = lines.flatMap((line) => (isSnapshot(line) ? [] : [line]));
    // A recording is the host's.
    const from = shown && { session: shown.session.whole, index: shown.index };
    return continued(from, writes, header.name, `step of ${header.name}`);
  }
  const timeline = timelineOf(lines, header.profile);
  return opened(new Session({ name: header.name, describes: header.description || `a recording, ${file}`, timeline }));
}

/** @param profile its name; what traces have that name none, if there is none or it is not known */
export function timelineOf(lines: readonly HistoryLine[], profile: string | null | undefined): Timeline {
  const timeline = Timeline.empty(profileNamed(profile ?? TRACE_PROFILE.name) ?? TRACE_PROFILE);
  for (const line of lines) appendLine(timeline, line);
  return timeline;
}

/** One line of a history, at the end of a timeline. */
export function appendLine(timeline: Timeline, line: HistoryLine): void {
  if (isSnapshot(line))
    timeline.appendHost(openStoredHost(line.snapshot), { i: line.i, seenAt: line.at, unknown: line.unknown });
  else timeline.append(line.operation, { i: line.i, expected: line.expected });
}

interface Step {
  readonly operation: Operation;
  readonly expected?: Record<string, unknown> | undefined;
}

/** Steps for a host that is not in the text. */
function continued(shown: OpenedAt | undefined, steps: readonly Step[], name: string, note: string): OpenedText {
  if (!shown) return cannot(`${name} goes on from a host: open that first`);
  const session = shown.session.branch(shown.index, name);
  const { path } = shown.session;
  for (const { operation, expected } of steps)
    session.history.append(path === "" ? operation : { ...operation, in: path }, { expected, note });
  return opened(session.within(path));
}

const isWrite = (step: unknown): step is { readonly path: string; readonly value: string } => {
  const { path, value } = (step ?? {}) as { readonly path?: unknown; readonly value?: unknown };
  return typeof path === "string" && typeof value === "string";
};

/** What `plan --format json` prints. */
function readPlanJson(text: string): readonly Step[] | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const { steps } = JSON.parse(text) as { steps?: unknown };
    return Array.isArray(steps) && steps.every(isWrite)
      ? steps.map(({ path, value }) => ({ operation: { op: "write", path, value } }))
      : undefined;
  } catch {
    return undefined;
  }
}

function openDesired(text: string, file: string, name: string, shown: OpenedAt | undefined): OpenedText {
  if (!shown) return cannot(`${file}: a desired state is planned from a host: open that first`);
  const read = parseDesired(text, file);
  if (!read.ok) return cannot(formatInputError(read.error));
  const host = shown.session.timeline.hostAt(shown.index);
  const plan = planChanges(host, read.value.desired, false);
  if (!plan.ok) return cannot(formatInputError(read.value.placed(plan.error)));
  if (plan.value.steps.length === 0) return cannot(`${file}: the host is as desired, there is nothing to do`);
  const steps = plan.value.steps.map(([path, value]): Step => ({ operation: { op: "write", path, value } }));
  return continued(shown, steps, `plan for ${name}`, "step of the plan");
}

function openScenario(text: string, file: string, wanted: Profile | undefined): OpenedText {
  const read = parseScenario(text);
  if (!read.ok) return cannot(`${file}:${read.error.line}:${read.error.column}: expected ${read.error.expected}`);
  const name = file.replace(/^.*\//, "").replace(/\.scenario$/, "");
  return opened(new Session({ name, describes: read.value.title, timeline: scenarioTimeline(read.value, wanted) }));
}
