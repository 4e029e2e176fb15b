// A host in one YAML file: its machine, who owns which queues, its mdevs and guests. Read here; written by
// format-host-description.ts; brought up by host-operations.ts. docs/host-description.md has every member.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { CardMode } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type ControlDomain } from "../../system/ap/id.ts";
import { misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import { readYaml, type YamlSource } from "../reading/yaml-source.ts";
import { checkHostFile, type Finding, idsOf, maximaOf } from "./host-checks.ts";
import { type CardState, describeValue, type HostFile, hostFile, type MdevInFile } from "./host-file.ts";

/** Lists of numbers, cards and queues are ascending; mdevs stand in the order of their creation. */
export interface HostDescription {
  /** Which machine this is, and who says so. */
  readonly describes: string | undefined;
  /** Extended addressing. */
  readonly apxa: boolean;
  /** Highest adapter and domain number, 0..255. */
  readonly maxAdapter: number;
  readonly maxDomain: number;
  readonly cards: readonly CardDescription[];
  /** Usage domains: every card has a queue in each of them. */
  readonly domains: readonly Apqi[];
  readonly controlDomains: readonly ControlDomain[];
  /** As one would echo them into the attributes after boot; undefined: nothing written, all bits on. */
  readonly masks: { readonly apmask: string | undefined; readonly aqmask: string | undefined };
  /** Drivers that queues name themselves (driver_override), bound to them where it is one of the two that take queues. */
  readonly overrides: readonly OverrideDescription[];
  /** Queues that no driver has. */
  readonly unbound: readonly Apqn[];
  /** Queues of cex4queue that are set offline. */
  readonly offline: readonly Apqn[];
  readonly mdevs: readonly MdevDescription[];
}

export interface OverrideDescription {
  readonly apqn: Apqn;
  readonly driver: string;
}

export interface CardDescription {
  readonly id: Apid;
  /** 10..14, CEX4..CEX8. */
  readonly type: number;
  readonly mode: CardMode;
  readonly serial: string | undefined;
  readonly state: CardState;
}

export interface MdevDescription {
  /** Lower case. */
  readonly uuid: string;
  readonly name: string | undefined;
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
  readonly controlDomains: readonly ControlDomain[];
  /** The running guest that has it open. */
  readonly guest: string | undefined;
}

/** @param file the name to say in errors; nothing is opened */
export function parseHostDescription(text: string, file: string): Parsed<HostDescription> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const source = yaml.value;
  const checked = hostFile.safeParse(source.value);
  if (!checked.success)
    return refuse(
      file,
      checked.error.issues.map((issue) => findingOf(issue, source)),
    );
  const findings = checkHostFile(checked.data).map(({ path, message }) => ({ at: source.positionOf(path), message }));
  return findings.length > 0 ? refuse(file, findings) : parsed(toDescription(checked.data));
}

interface Placed {
  readonly at: Position;
  readonly message: string;
}

/** Of several errors the one that stands first in the file. */
function refuse(file: string, findings: readonly Placed[]): Parsed<never> {
  const [first] = [...findings].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const { at, message } = first as Placed;
  return misread(file, at, message);
}

type Issue = Finding & { readonly code?: string; readonly keys?: readonly string[] };

function findingOf(issue: Issue, source: YamlSource): Placed {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return { at: source.positionOfName(path, issue.keys?.[0] as string), message: issue.message };
  }
  const member = path.at(-1);
  const isMissing = typeof member === "string" && issue.message.endsWith(`came ${describeValue(undefined)}`);
  return { at: source.positionOf(path), message: isMissing ? `${issue.message} as "${member}"` : issue.message };
}

const ascending = (a: number, b: number): number => a - b;

function toDescription(file: HostFile): HostDescription {
  const domains = idsOf(file.domains).map(asApqi);
  return {
    describes: file.describes,
    apxa: file.apxa,
    ...maximaOf(file),
    cards: [...file.cards].sort((a, b) => a.id - b.id),
    domains,
    controlDomains: (file.control_domains ? idsOf(file.control_domains) : domains).map(asControlDomain),
    masks: { apmask: file.masks.apmask, aqmask: file.masks.aqmask },
    overrides: [...file.overrides].sort((a, b) => a.apqn - b.apqn),
    unbound: [...file.unbound].sort(ascending),
    offline: [...file.offline].sort(ascending),
    mdevs: file.mdevs.map(toMdev),
  };
}

const toMdev = (mdev: MdevInFile): MdevDescription => ({
  uuid: mdev.uuid,
  name: mdev.name,
  adapters: idsOf(mdev.adapters).map(asApid),
  domains: idsOf(mdev.domains).map(asApqi),
  controlDomains: idsOf(mdev.control_domains).map(asControlDomain),
  guest: mdev.guest,
});
