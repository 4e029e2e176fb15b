// A host in one YAML file: its machine, who owns which queues, its mdevs and guests. Read here; written by
// format-host-description.ts; brought up by host-operations.ts. docs/host-description.md has every member.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { CardMode } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asApid, asApqi, asControlDomain, type ControlDomain } from "../../system/ap/id.ts";
import { FACILITIES, type Facility } from "../../system/machine/facts.ts";
import type { KeysAndCounts } from "../../system/machine/keys-and-counts.ts";
import type { Notice } from "../../system/trace/guest-made.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { type Parsed, parsed } from "../reading/input-error.ts";
import { idsOf, readMembers } from "../reading/members.ts";
import { readYaml } from "../reading/yaml-source.ts";
import { describedMaxima } from "./described-machine.ts";
import { checkHostFile } from "./host-checks.ts";
import { type CardState, type HostFile, hostFile } from "./host-file.ts";
import { describedKeysAndCounts } from "./keys-in-file.ts";
import type { GuestInFile, LinuxInFile, MdevInFile } from "./linux-in-file.ts";

/** How a Linux is set up after its boot: a host's, or a guest's. Lists of queues are ascending, mdevs in the order of their creation. */
export interface LinuxDescription {
  /** What one would echo into the attributes after boot; undefined: nothing is written, all bits are on. */
  readonly masks: { readonly apmask: string | undefined; readonly aqmask: string | undefined };
  /** Drivers that queues name (driver_override). The queue is bound to its driver if that is vfio_ap or cex4queue. */
  readonly overrides: readonly OverrideDescription[];
  /** Queues that no driver has. */
  readonly unbound: readonly Apqn[];
  /** Queues of cex4queue that are set offline. */
  readonly offline: readonly Apqn[];
  readonly mdevs: readonly MdevDescription[];
  /** What guests of its mdevs are made of; others are as usual. Of a host undefined: its guests have no Linux of their own. */
  readonly guests?: readonly GuestDescription[];
}

/** Lists of numbers and cards are ascending. */
export interface HostDescription extends LinuxDescription {
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
  /** Master keys of its domains and counters of requests; undefined: none are told. */
  readonly keysAndCounts?: KeysAndCounts;
}

export interface GuestDescription extends LinuxDescription {
  readonly name: string;
  /** What its CPU model has of AP; undefined: all that its host has. */
  readonly facilities: readonly Facility[] | undefined;
  /** undefined: at once if the kernels of both sides can. */
  readonly notice: Notice | undefined;
  /** Name of its kernel's profile; undefined: its host's. */
  readonly profile: string | undefined;
  /** It is a Secure Execution guest. */
  readonly secureExecution?: true;
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

/**
 * @param file the name to say in errors; nothing is opened
 * @param kernel that of the host, if it has been chosen: what it cannot do for guests is refused then
 */
export function parseHostDescription(text: string, file: string, kernel?: Profile): Parsed<HostDescription> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const read = readMembers(yaml.value, file, hostFile, (members) => checkHostFile(members, kernel));
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
    ...toLinux(file),
    ...(file.guests && { guests: file.guests.map(toGuest) }),
    ...(keysAndCounts && { keysAndCounts }),
  };
}

const toLinux = ({ masks, overrides, unbound, offline, mdevs }: LinuxInFile): Omit<LinuxDescription, "guests"> => ({
  masks: { apmask: masks.apmask, aqmask: masks.aqmask },
  overrides: [...overrides].sort((a, b) => a.apqn - b.apqn),
  unbound: [...unbound].sort(ascending),
  offline: [...offline].sort(ascending),
  mdevs: mdevs.map(toMdev),
});

function toGuest(guest: GuestInFile): GuestDescription {
  const { name, facilities, notice, profile, secure_execution, guests = [] } = guest;
  return {
    name,
    facilities: facilities && FACILITIES.filter((one) => facilities.includes(one)),
    notice,
    profile,
    ...(secure_execution && { secureExecution: true }),
    ...toLinux(guest),
    // Guests of a guest have a Linux anyway.
    ...(guests.length > 0 && { guests: guests.map(toGuest) }),
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
