// A plan as a file that can be applied later: its trace (answers/plan/plan-trace.ts), and in it what the host has to be like at the start and
// what each step changes, so that whoever applies it can tell where it stands, or that it has become another host.

import { quoted } from "../../system/ap/quoted.ts";
import { isPlannedPath } from "../../system/sysfs/writes.ts";
import { type JsonReader, MalformedError } from "../../system/trace/json-reader.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { type Parsed, parseLine } from "../../system/trace/trace-file.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { ProfileName } from "../../system/vfio-ap/profile.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { planTrace } from "../plan/plan-trace.ts";
import type { Plan } from "../plan/planner.ts";
import type { FactChanges } from "./fact-changes.ts";
import type { Facts } from "./facts.ts";
import { type Script, type ScriptStep, scriptOf } from "./script.ts";

/**
 * Lines without their ends.
 *
 * @param shown what the source of the host shows of it
 */
export function planFile(host: Host, plan: Plan, shown?: Facts): readonly string[] {
  const { start, steps } = scriptOf(host, plan, shown);
  return planTrace(host, plan).map((line, at) => {
    const more =
      at === 0 ? { steps: steps.length, start: Object.fromEntries(start) } : { changes: steps[at - 1]?.changes };
    return JSON.stringify({ ...JSON.parse(line), ...more });
  });
}

export interface PlanFile extends Script {
  /** The kernel that the plan is for. */
  readonly profile: ProfileName;
}

const HEADER = /^\s*\{\s*"trace"\s*:/;

/** It begins as a trace does: no desired state in YAML does so. */
export const isTraceText = (text: string): boolean => HEADER.test(text);

/** The first mistake ends it. */
export function parsePlanFile(text: string): Parsed<PlanFile> {
  const [header, ...rest] = text.split("\n").filter((line, at) => at === 0 || line.trim() !== "");
  const read = parseLine(header ?? "", 1, readHeader);
  if (!read.ok) return read;
  const { count, ...known } = read.value;
  if (rest.length !== count) {
    const expected = `the ${count} steps of this plan, not ${rest.length}: it was cut or changed, make it again`;
    return { ok: false, error: { line: rest.length + 1, column: 1, expected } };
  }
  const steps: ScriptStep[] = [];
  for (const [at, line] of rest.entries()) {
    const step = parseLine(line, at + 2, readStep);
    if (!step.ok) return step;
    steps.push(step.value);
  }
  return { ok: true, value: { ...known, steps } };
}

interface Header extends Omit<PlanFile, "steps"> {
  /** Of steps. */
  readonly count: number;
}

function readHeader(json: JsonReader): Header {
  if (json.string("trace") !== "plan")
    throw new MalformedError("trace", "a plan (--out of apmatrix plan) or a desired state, not another trace");
  const profile = profileNamed(json.string("profile"));
  if (!profile) throw new MalformedError("profile", "the name of a known profile");
  if (!json.has("start"))
    throw new MalformedError(undefined, 'a plan that says what it starts from ("start"): make it again');
  const count = json.integer("steps", 0, Number.MAX_SAFE_INTEGER);
  return { profile: profile.name, count, start: readFactTexts(json) };
}

function readFactTexts(json: JsonReader): Facts {
  const facts = new Map<string, string>();
  for (const [name, value] of json.entries("start")) {
    if (typeof value !== "string") throw new MalformedError(name, `a text as "${name}"`);
    facts.set(name, value);
  }
  return facts;
}

function readStep(json: JsonReader): ScriptStep {
  const operation = readOperation(json);
  if (operation.op !== "write") throw new MalformedError("op", `a write, not "${operation.op}"`);
  if (!isPlannedPath(operation.path))
    throw new MalformedError("path", `a path that plans write to, not ${quoted(operation.path)}; nothing was written`);
  const answer = json.entries("x").find(([name]) => name === "r")?.[1];
  if (typeof answer !== "number" && answer !== "blocked")
    throw new MalformedError("x", '"r" in "x" as a count of bytes or "blocked"');
  if (!json.has("changes"))
    throw new MalformedError(undefined, 'what the step changes ("changes"): make the plan again');
  const changes = json.entries("changes").map(([name, value]) => {
    if (value !== null && typeof value !== "string") throw new MalformedError(name, `a text or null as "${name}"`);
    return [name, value] as const;
  });
  return {
    path: operation.path,
    value: operation.value,
    answer,
    changes: Object.fromEntries(changes) satisfies FactChanges,
  };
}
