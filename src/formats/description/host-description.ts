// A host in one YAML file: its machine, who owns which queues, its mdevs and guests. Read here; written by
// format-host-description.ts; brought up by host-operations.ts. docs/host-description.md has every member.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { CardMode } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type ControlDomain } from "../../system/ap/id.ts";
import type { KeysAndCounts } from "../../system/machine/keys-and-counts.ts";
import { type Parsed, parsed } from "../reading/input-error.ts";
import { idsOf, readMembers } from "../reading/members.ts";
import { readYaml } from "../reading/yaml-source.ts";
import { checkHostFile, describedMaxima } from "./host-checks.ts";
import { type CardState, type HostFile, hostFile, type MdevInFile } from "./host-file.ts";
import { describedKeysAndCounts } from "./keys-in-file.ts";

/** Lists of numbers, cards and queues are ascending; mdevs are in the order of their creation. */
export interface HostDescription {
  /** Which machine this is, and who says so. */
  readonly describes: string | undefined;
  /** Extended addressing. */
  readonly apxa: boolean;
  /** The AP secure binding facility; Linux runs in a Secure Execution guest. Left out if not. */
  readonly secureBinding?: true;
  readonly secureExecution?: true;
  /** Highest adapter and domain number, 0..255. */
  readonly maxAdapter: number;
  readonly maxDomain: number;
  readonly cards: readonly CardDescription[];
  /** Usage domains: every card has a queue in each of them. */
  readonly domains: readonly Apqi[];
  readonly controlDomains: readonly ControlDomain[];
  /** What one would echo into the attributes after boot; undefined: nothing is written, all bits are on. */
  readonly masks: { readonly apmask: string | undefined; readonly aqmask: string | undefined };
  /** Drivers that queues name (driver_override). The queue is bound to its driver if that is vfio_ap or cex4queue. */
  readonly overrides: readonly OverrideDescription[];
  /** Queues that no driver has. */
  readonly unbound: readonly Apqn[];
  /** Queues of cex4queue that are set offline. */
  readonly offline: readonly Apqn[];
  readonly mdevs: readonly MdevDescription[];
  /** Master keys of its domains and counters of requests; undefined: none are told. */
  readonly keysAndCounts?: KeysAndCounts;
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
  const read = readMembers(yaml.value, file, hostFile, checkHostFile);
  return read.ok ? parsed(toDescription(read.value)) : read;
}

const ascending = (a: number, b: number): number => a - b;

function toDescription(file: HostFile): HostDescription {
  const domains = idsOf(file.domains).map(asApqi);
  const keysAndCounts = describedKeysAndCounts(file);
  return {
    describes: file.describes,
    apxa: file.apxa,
    ...(file.secure_binding && { secureBinding: true }),
    ...(file.secure_execution && { secureExecution: true }),
    ...describedMaxima(file),
    cards: [...file.cards].sort((a, b) => a.id - b.id),
    domains,
    controlDomains: (file.control_domains ? idsOf(file.control_domains) : domains).map(asControlDomain),
    masks: { apmask: file.masks.apmask, aqmask: file.masks.aqmask },
    overrides: [...file.overrides].sort((a, b) => a.apqn - b.apqn),
    unbound: [...file.unbound].sort(ascending),
    offline: [...file.offline].sort(ascending),
    mdevs: file.mdevs.map(toMdev),
    ...(keysAndCounts && { keysAndCounts }),
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
