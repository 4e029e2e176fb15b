// What a host is to be, as a YAML file says it: mdevs with their numbers, and how queues are freed for them. Checked here is what the
// file alone can tell; what the host says to it is found out by the planner, whose errors get their place here as well. docs/plan.md.
import * as z from "zod";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type Id } from "../../system/ap/id.ts";
import { type Mask, maskOf } from "../../system/ap/mask.ts";
import { type InputError, misread, type Parsed, parsed } from "../reading/input-error.ts";
import {
  type Finding,
  ids,
  idsOf,
  members,
  name,
  queues,
  readMembers,
  twice,
  uuid,
  wrongValue,
} from "../reading/members.ts";
import { type Path, readYaml } from "../reading/yaml-source.ts";
import { type DesiredMdev, type DesiredState, FREE_BY, type PlanError, UNUSED } from "./desired.ts";

export interface DesiredFile {
  readonly desired: DesiredState;
  /** The place of what the planner cannot do. */
  readonly placed: (error: PlanError) => InputError;
}

const list = (what: string) => ids(what, "a list of numbers and ranges ([] for none)").transform(idsOf).optional();

const mdev = members("an mdev", {
  uuid,
  name: name("a name").optional(),
  adapters: list("an adapter"),
  domains: list("a domain"),
  control_domains: list("a domain"),
  queues: queues("a list of queues ([] for none)").optional(),
});

const GIVEN_BACK = `a list of queues such as 04.0047, or ${UNUSED}: those that no mdev has`;

const desiredFile = members("a desired state", {
  mdevs: z.array(mdev, wrongValue("a list of mdevs ([] for none)")).default([]),
  host: members("the host", {
    free_by: z.enum(FREE_BY, wrongValue(`a way to free queues (${FREE_BY.join(", ")})`)).default("nothing"),
    give_back: z.union([z.literal(UNUSED), queues(GIVEN_BACK)], wrongValue(GIVEN_BACK)).optional(),
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
      'expected a desired state, found an empty file: "mdevs: []" names no mdev',
    );
  const read = readMembers(source, file, desiredFile, checkDesired);
  if (!read.ok) return read;
  const { mdevs, host } = read.value;
  const placed = ({ path, message }: PlanError): InputError => ({ file, ...source.positionOf(path), message });
  const { free_by: freeBy, give_back: giveBack } = host;
  return parsed({ desired: { mdevs: mdevs.map(toDesired), freeBy, ...(giveBack && { giveBack }) }, placed });
}

const checkDesired = ({ mdevs }: z.output<typeof desiredFile>): readonly Finding[] => [
  ...(["uuid", "name"] as const).flatMap((member) =>
    twice(
      mdevs.map((mdev) => mdev[member]),
      `each ${member}`,
      (at) => ["mdevs", at, member],
      ": take one of them out",
    ),
  ),
  ...notProducts(mdevs),
  ...shared(mdevs),
];

/** Queues can be had only as all adapters times all domains, and either as queues or as the two lists. */
function notProducts(mdevs: readonly MdevInFile[]): readonly Finding[] {
  return mdevs.flatMap(({ queues, adapters, domains }, at): Finding[] => {
    if (!queues) return [];
    const path: Path = ["mdevs", at, "queues"];
    if (adapters || domains)
      return [{ path, message: "expected queues, or adapters and domains, found both: take one of them out" }];
    const gap = matrixQueues(queues.map(apidOf), queues.map(apqiOf)).find((apqn) => !queues.includes(apqn));
    if (gap === undefined) return [];
    const message = `expected all adapters with all domains, found no ${formatApqn(gap)}: an mdev cannot leave out a single queue`;
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
    const message = `expected each queue in one mdev, found ${formatApqn(taken)}, which an mdev above has as well: take it out of one of them`;
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

const listed = <I extends Id>(numbers: readonly number[] | undefined, as: (id: number) => I): Mask<I> | undefined =>
  numbers && maskOf(numbers.map(as));
