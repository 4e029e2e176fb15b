// A plan as a file that can be applied later: a trace of its steps, each with the expected answer, guest masks included. The file also says
// what the host must be like at the start and what each step changes. So whoever applies it can tell how far the host is, or that it is
// not the host of the plan any more.

import { quoted } from "../../system/ap/quoted.ts";
import { isPlannedPath } from "../../system/sysfs/writes.ts";
import { type JsonReader, MalformedError } from "../../system/trace/json-reader.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { namesMember, type ParsedText, parseLine } from "../../system/trace/trace-file.ts";
import type { ProfileName } from "../../system/vfio-ap/profile.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { type Allowance, NOBODY } from "../plan/allowance.ts";
import { type GuestLoss, lossesOf, lossToJson } from "../plan/losses.ts";
import { predict } from "../plan/prediction.ts";
import type { Rehearsed } from "../plan/rehearse.ts";
import { type Fact, type FactMap, factName, factNamed } from "./fact.ts";
import type { FactChange } from "./fact-changes.ts";
import type { Script, ScriptStep } from "./script.ts";

/**
 * Lines without their ends.
 *
 * @param allowed guests that may lose queues: apply does not ask about them again
 * @param labels names that people gave to mdevs, by UUID
 */
export function planFile(
  rehearsed: Rehearsed & { readonly script: Script },
  allowed: Allowance = NOBODY,
  labels: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const { before, steps, script } = rehearsed;
  const header = {
    trace: "plan",
    format: 1,
    profile: before.profile.name,
    desc: "the steps of a plan, to go on from the host it was made for",
    steps: steps.length,
    ...namesMember(labels),
    losses: lossesOf(predict(rehearsed, labels)).map(lossToJson),
    allow_loss: allowed === "all" ? allowed : [...allowed],
    start: textsOf(script.start.values()),
  };
  const lines = steps.map(({ path, value, answer: x }, at) => {
    const changes = textsOf(script.steps[at]?.changes ?? []);
    return { i: at + 1, op: "write", path, value, x, changes };
  });
  return [header, ...lines].map((line) => JSON.stringify(line));
}

const textsOf = (facts: Iterable<FactChange>): Readonly<Record<string, string | null>> =>
  Object.fromEntries([...facts].map((fact) => [factName(fact), fact.text]));

export interface PlanFile extends Script {
  /** The kernel that the plan is for. */
  readonly profile: ProfileName;
  /** What it takes from running guests, and from whom it may; undefined: it does not say. */
  readonly losses: readonly GuestLoss[] | undefined;
  readonly allowed: Allowance;
}

/** Characters of a path that are shown. */
const LONGEST_PATH = 200;
const HEADER = /^\s*\{\s*"trace"\s*:/;

/** It begins as a trace does; a desired state in YAML never does. */
export const isTraceText = (text: string): boolean => HEADER.test(text);

/** It is a plan's own file, whole or cut. */
export const isPlanText = (text: string): boolean => /^\s*\{\s*"trace"\s*:\s*"plan"/.test(text);

/** Reading ends at the first mistake. */
export function parsePlanFile(text: string): ParsedText<PlanFile> {
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
  /** How many steps there are. */
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
  return {
    profile: profile.name,
    count,
    start: readFacts(json),
    losses: json.has("losses") ? json.objects("losses").map(readLoss) : undefined,
    allowed: readAllowance(json),
  };
}

function readLoss(json: JsonReader): GuestLoss {
  const number = (key: string): number => json.integer(key, 0, Number.MAX_SAFE_INTEGER);
  return {
    uuid: json.string("uuid"),
    name: json.isNull("name") ? undefined : json.string("name"),
    before: number("before"),
    after: number("after"),
    gone: number("gone"),
    lost: number("lost"),
  };
}

function readAllowance(json: JsonReader): Allowance {
  const words = json.has("allow_loss") ? json.any("allow_loss") : [];
  if (words === "all") return words;
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return new Set<string>(words);
  throw new MalformedError("allow_loss", `"all" or a list of UUIDs as "allow_loss"`);
}

function readFacts(json: JsonReader): FactMap {
  const facts = new Map<string, Fact>();
  for (const [name, text] of json.entries("start")) {
    if (typeof text !== "string") throw new MalformedError(name, `a text as "${name}"`);
    facts.set(name, { ...readName(name), text });
  }
  return facts;
}

const readName = (name: string): Omit<Fact, "text"> => {
  const about = factNamed(name);
  if (!about)
    throw new MalformedError(name, `a card, a queue, a mask or an mdev, not ${quoted(name)}: make the plan again`);
  return about;
};

function readStep(json: JsonReader): ScriptStep {
  const operation = readOperation(json);
  if (operation.in !== undefined) throw new MalformedError("in", "a write on the host, not in one of its guests");
  if (operation.op !== "write") throw new MalformedError("op", `a write, not "${operation.op}"`);
  if (!isPlannedPath(operation.path))
    throw new MalformedError(
      "path",
      `a path that plans write to, not ${quoted(operation.path, LONGEST_PATH)}; nothing was written`,
    );
  const answer = json.entries("x").find(([name]) => name === "r")?.[1];
  if (typeof answer !== "number" && answer !== "blocked")
    throw new MalformedError("x", '"r" in "x" as a count of bytes or "blocked"');
  if (!json.has("changes"))
    throw new MalformedError(undefined, 'what the step changes ("changes"): make the plan again');
  const changes = json.entries("changes").map(([name, text]): FactChange => {
    if (text !== null && typeof text !== "string") throw new MalformedError(name, `a text or null as "${name}"`);
    return { ...readName(name), text };
  });
  return { path: operation.path, value: operation.value, answer, changes };
}
