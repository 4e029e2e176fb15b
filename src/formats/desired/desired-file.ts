// The desired state of a host as a YAML file: mdevs with their numbers, and how queues are freed for them. What the file alone can show is
// checked here; the planner checks the rest against the host, and its errors get their place in the file here. docs/plan.md.
import * as z from "zod";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type Id } from "../../system/ap/id.ts";
import { type Mask, maskOf } from "../../system/ap/mask.ts";
import { CONTROL_DOMAINS_ALONE, hasControlDomainsAlone } from "../reading/control-domains.ts";
import { formatInputError, type InputError, misread, type Parsed, parsed } from "../reading/input-error.ts";
import {
  ids,
  idsOf,
  members,
  name,
  queues,
  readMembers,
  twiceInMdevs,
  uuid,
  type WrongMember,
  wrongValue,
} from "../reading/members.ts";
import { type MemberPath, readYaml } from "../reading/yaml-source.ts";

import { type DesiredMdev, type DesiredState, FREE_BY, type PlanError, UNUSED } from "./desired.ts";
import { madeUpUuid } from "./made-up-uuid.ts";

export interface DesiredFile {
  readonly desired: DesiredState;
  /** Gives an error of the planner its place in the file. */
  readonly placed: (error: PlanError) => InputError;
}

const list = (what: string) => ids(what, "a list of numbers and ranges ([] for none)").transform(idsOf).optional();

const mdev = members("an mdev", {
  uuid: uuid.optional(),
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

/** An mdev of the file; one that says no uuid has one that was made up. */
type MdevInFile = z.output<typeof mdev> & { readonly uuid: string };

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
  const { host } = read.value;
  const mdevs = read.value.mdevs.map(withUuid);
  const madeUp = mdevs.flatMap(({ uuid, name }, at) => {
    if (read.value.mdevs[at]?.uuid !== undefined) return [];
    const { line, column } = source.positionOf(["mdevs", at]);
    const why = name === undefined ? "from what it has: with other numbers it is another mdev" : "from its name";
    return [
      `${file}:${line}:${column}: the mdev has no uuid, so ${uuid} was made up ${why}; write it into the file to keep it`,
    ];
  });
  const placed = ({ path, message }: PlanError): InputError => ({ file, ...source.positionOf(path), message });
  const { free_by: freeBy, give_back: giveBack } = host;
  const desired = { mdevs: mdevs.map(toDesired), freeBy, ...(giveBack && { giveBack }) };
  const warnings = desired.mdevs.flatMap(({ uuid, aqm, adm }, at) =>
    aqm && adm && hasControlDomainsAlone({ aqm, adm })
      ? [formatInputError(placed({ path: ["mdevs", at], message: `mdev ${uuid} ${CONTROL_DOMAINS_ALONE}` }))]
      : [],
  );
  return parsed({ desired, placed }, [...madeUp, ...warnings]);
}

/** The same file says the same mdev again, so its uuid is not a random one. */
const withUuid = (said: z.output<typeof mdev>, at: number): MdevInFile => {
  const { uuid, name, adapters, domains, control_domains, queues } = said;
  const has = name === undefined ? [at, adapters, domains, control_domains, queues] : [name];
  return { ...said, uuid: uuid ?? madeUpUuid(JSON.stringify(has)) };
};

const checkDesired = ({ mdevs: said }: z.output<typeof desiredFile>): readonly WrongMember[] =>
  checkMdevs(said.map(withUuid));

const checkMdevs = (mdevs: readonly MdevInFile[]): readonly WrongMember[] => [
  ...twiceInMdevs(mdevs, ["uuid", "name"], ": take one of them out"),
  ...notProducts(mdevs),
  ...shared(mdevs),
];

/** A list of queues must be all adapters times all domains, and stands instead of the two lists. */
function notProducts(mdevs: readonly MdevInFile[]): readonly WrongMember[] {
  return mdevs.flatMap(({ queues, adapters, domains }, at): WrongMember[] => {
    if (!queues) return [];
    const path: MemberPath = ["mdevs", at, "queues"];
    if (adapters || domains)
      return [{ path, message: "expected queues, or adapters and domains, found both: take one of them out" }];
    const gaps = matrixQueues(queues.map(apidOf), queues.map(apqiOf)).filter((apqn) => !queues.includes(apqn));
    if (gaps.length === 0) return [];
    const reason = "an mdev of the others would have them as well, it cannot leave out a single queue";
    return [{ path, message: `expected all adapters with all domains, found no ${listOf(gaps)}: ${reason}` }];
  });
}

/** The queues, or the first of very many. */
const listOf = (queues: readonly Apqn[]): string =>
  queues.length > 8
    ? `${queues.slice(0, 8).map(formatApqn).join(" ")} and ${queues.length - 8} more`
    : queues.map(formatApqn).join(" ");

const matrixQueues = (adapters: readonly Apid[], domains: readonly Apqi[]): readonly Apqn[] =>
  [...new Set(adapters)].flatMap((apid) => [...new Set(domains)].map((apqi) => apqnOf(apid, apqi)));

function shared(mdevs: readonly MdevInFile[]): readonly WrongMember[] {
  const owners = new Map<Apqn, string>();
  return mdevs.flatMap((one, at): WrongMember[] => {
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
