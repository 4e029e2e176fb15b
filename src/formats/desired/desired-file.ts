// What a host is to be, as a YAML file says it: mdevs with their numbers, and how queues are freed for them. Checked here is what the
// file alone can tell; what the host says to it is found out by the planner, whose errors get their place here as well. docs/plan.md.
import * as z from "zod";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type ControlDomain } from "../../system/ap/id.ts";
import { type Mask, maskOf } from "../../system/ap/mask.ts";
import { type Finding, idsOf } from "../description/host-checks.ts";
import { describeValue } from "../description/host-file.ts";
import { echo, type InputError, misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import { nearestName } from "../reading/nearest-name.ts";
import { readRange } from "../reading/number-text.ts";
import { type Path, readYaml, type YamlSource } from "../reading/yaml-source.ts";
import { type DesiredMdev, type DesiredState, FREE_BY, type PlanError } from "./desired.ts";

export interface DesiredFile {
  readonly desired: DesiredState;
  /** The place of what the planner cannot do. */
  readonly placed: (error: PlanError) => InputError;
}

const wrongValue = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => `expected ${expected}, came ${describeValue(input)}`,
});

function members<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return `expected ${what} (a map), came ${describeValue(issue.input)}`;
      const name = (issue as { readonly keys: readonly string[] }).keys[0] as string;
      return `expected a member of ${what}, came ${echo(name)}: did you mean "${nearestName(name, Object.keys(shape))}"?`;
    },
  });
}

const HIGHEST = 0xff;

const ids = (what: string) =>
  z
    .array(
      z.string(wrongValue(`${what} in decimal or 0x hex, or a range of them`)).transform((text, context) => {
        const reading = readRange(text, what, HIGHEST);
        if (reading.ok) return reading.value;
        context.addIssue(reading.message);
        return z.NEVER;
      }),
      wrongValue("a list of numbers and ranges ([] for none)"),
    )
    .transform(idsOf);

const queue = z.string(wrongValue("a queue such as 04.0047")).transform((text, context) => {
  const apqn = parseApqn(text);
  if (apqn !== undefined) return apqn;
  context.addIssue(`expected a queue such as 04.0047 (2 and 4 hex digits, lower case), came ${echo(text)}`);
  return z.NEVER;
});

const UUID = wrongValue("a uuid such as 62177883-f1bb-47f0-914d-32a22e3a8804");
const NAME = wrongValue("a name (text without control characters)");

const mdev = members("an mdev", {
  uuid: z
    .string(UUID)
    .regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, UUID)
    .transform((text) => text.toLowerCase()),
  name: z
    .string(NAME)
    .regex(/^[^\p{Cc}]+$/u, NAME)
    .optional(),
  adapters: ids("an adapter").optional(),
  domains: ids("a domain").optional(),
  control_domains: ids("a domain").optional(),
  queues: z.array(queue, wrongValue("a list of queues ([] for none)")).optional(),
});

const desiredFile = members("a desired state", {
  mdevs: z.array(mdev, wrongValue("a list of mdevs ([] for none)")).default([]),
  host: members("the host", {
    free_by: z.enum(FREE_BY, wrongValue(`a way to free queues (${FREE_BY.join(", ")})`)).default("nothing"),
  }).default({ free_by: "nothing" }),
});

type MdevInFile = z.output<typeof mdev>;

/** @param file the name to say in errors; nothing is opened */
export function parseDesired(text: string, file: string): Parsed<DesiredFile> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const source = yaml.value;
  if (source.value === null)
    return misread(
      file,
      { line: 1, column: 1 },
      'expected a desired state, came an empty file: "mdevs: []" names no mdev',
    );
  const checked = desiredFile.safeParse(source.value);
  if (!checked.success)
    return firstOf(
      file,
      checked.error.issues.map((issue) => placeOf(issue, source)),
    );
  const { mdevs, host } = checked.data;
  const findings = [...twice(mdevs, "uuid"), ...twice(mdevs, "name"), ...notProducts(mdevs), ...shared(mdevs)];
  if (findings.length > 0) {
    return firstOf(
      file,
      findings.map(({ path, message }) => ({ at: source.positionOf(path), message })),
    );
  }
  const placed = ({ path, message }: PlanError): InputError => ({ file, ...source.positionOf(path), message });
  return parsed({ desired: { mdevs: mdevs.map(toDesired), freeBy: host.free_by }, placed });
}

interface Placed {
  readonly at: Position;
  readonly message: string;
}

function firstOf(file: string, findings: readonly Placed[]): Parsed<never> {
  const [first] = [...findings].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const { at, message } = first as Placed;
  return misread(file, at, message);
}

function placeOf(
  issue: Finding & { readonly keys?: readonly string[]; readonly code?: string },
  source: YamlSource,
): Placed {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys")
    return { at: source.positionOfName(path, issue.keys?.[0] as string), message };
  const member = path.at(-1);
  const isMissing = typeof member === "string" && message.endsWith(`came ${describeValue(undefined)}`);
  return { at: source.positionOf(path), message: isMissing ? `${message} as "${member}"` : message };
}

function twice(mdevs: readonly MdevInFile[], member: "uuid" | "name"): readonly Finding[] {
  const seen = new Set<string>();
  return mdevs.flatMap((one, at): Finding[] => {
    const value = one[member];
    if (value === undefined) return [];
    const path: Path = ["mdevs", at, member];
    if (seen.has(value))
      return [{ path, message: `expected each ${member} once, came ${value} a second time: take one of them out` }];
    seen.add(value);
    return [];
  });
}

/** Queues can be had only as all adapters times all domains, and either as queues or as the two lists. */
function notProducts(mdevs: readonly MdevInFile[]): readonly Finding[] {
  return mdevs.flatMap(({ queues, adapters, domains }, at): Finding[] => {
    if (!queues) return [];
    const path: Path = ["mdevs", at, "queues"];
    if (adapters || domains)
      return [{ path, message: "expected queues, or adapters and domains, came both: take one of them out" }];
    const gap = matrixQueues(queues.map(apidOf), queues.map(apqiOf)).find((apqn) => !queues.includes(apqn));
    if (gap === undefined) return [];
    const message = `expected all adapters with all domains, came no ${formatApqn(gap)}: an mdev cannot leave out a single queue`;
    return [{ path, message }];
  });
}

const matrixQueues = (adapters: readonly Apid[], domains: readonly Apqi[]): readonly Apqn[] =>
  [...new Set(adapters)].flatMap((apid) => [...new Set(domains)].map((apqi) => apqnOf(apid, apqi)));

function shared(mdevs: readonly MdevInFile[]): readonly Finding[] {
  const owners = new Map<Apqn, string>();
  return mdevs.flatMap((one, at): Finding[] => {
    const queues = one.queues ?? matrixQueues((one.adapters ?? []).map(asApid), (one.domains ?? []).map(asApqi));
    const taken = queues.find((apqn) => owners.has(apqn) && owners.get(apqn) !== one.uuid);
    for (const apqn of queues) owners.set(apqn, one.uuid);
    if (taken === undefined) return [];
    const message = `expected each queue in one mdev, came ${formatApqn(taken)}, which an mdev above has as well: take it out of one of them`;
    return [{ path: ["mdevs", at], message }];
  });
}

function toDesired({ uuid, name, adapters, domains, control_domains, queues }: MdevInFile): DesiredMdev {
  return {
    uuid,
    name,
    apm: queues ? maskOf(queues.map(apidOf)) : listed(adapters, asApid),
    aqm: queues ? maskOf(queues.map(apqiOf)) : listed(domains, asApqi),
    adm: listed(control_domains, asControlDomain),
  };
}

const listed = <I extends Apid | Apqi | ControlDomain>(
  numbers: readonly number[] | undefined,
  as: (id: number) => I,
): Mask<I> | undefined => numbers && maskOf(numbers.map(as));
