// The machine under a described Linux: a real one, or what a host gives its guest. Checks of descriptions ask it before there is a host.
import { type Apqn, apidOf, apqiOf, apqnOf, formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { FACILITIES, type Facility, MAX_ADAPTER, MAX_DOMAIN, maximaOf } from "../../system/machine/facts.ts";
import { CONFIG_CHANGE_IRQ } from "../../system/vfio-ap/guest-masks.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import { idsOf } from "../reading/members.ts";
import type { HostFile } from "./host-file.ts";
import type { GuestInFile, MdevInFile } from "./linux-in-file.ts";

export interface DescribedMachine {
  /** For messages: "this machine", or "guest g1". */
  readonly name: string;
  readonly apxa: boolean;
  /** Highest numbers, 0..255. */
  readonly maxAdapter: number;
  readonly maxDomain: number;
  /** Adapters and domains that its bus shows whatever the kernels beneath are: every adapter has a queue in each domain. */
  readonly adapters: ReadonlySet<number>;
  readonly domains: ReadonlySet<number>;
  readonly facilities: ReadonlySet<Facility>;
  /** The facility for secure binding. */
  readonly apsb: boolean;
  /** The kernel that runs on it; undefined: it is chosen later. */
  readonly kernel: Profile | undefined;
  /** What a guest's mdev holds, and the guest can give on; undefined: a real machine, which can get more than it has. */
  readonly given: Given | undefined;
  /** How many guests deep it is: 0 is a real machine. */
  readonly depth: number;
}

/** What an mdev holds. */
export interface Given {
  readonly uuid: string;
  readonly adapters: readonly number[];
  readonly domains: readonly number[];
  readonly controlDomains: readonly number[];
}

export const givenBy = (mdev: MdevInFile): Given => ({
  uuid: mdev.uuid,
  adapters: idsOf(mdev.adapters),
  domains: idsOf(mdev.domains),
  controlDomains: idsOf(mdev.control_domains),
});

/** A kernel that tells guests of changes, so that they need not scan to notice. */
export const tellsGuests = ({ irqs }: Profile): boolean => irqs > CONFIG_CHANGE_IRQ;

export function describedMaxima({ apxa, max_adapter, max_domain }: HostFile) {
  const kind = apxa ? "apxa" : "plain";
  return { maxAdapter: max_adapter ?? MAX_ADAPTER[kind], maxDomain: max_domain ?? MAX_DOMAIN[kind] };
}

/** @param kernel that of the host, if it has been chosen */
export const realMachine = (
  machine: Pick<DescribedMachine, "apxa" | "maxAdapter" | "maxDomain" | "apsb">,
  cards: readonly { readonly id: number }[],
  domains: readonly number[],
  kernel: Profile | undefined,
): DescribedMachine => ({
  ...machine,
  name: "this machine",
  adapters: new Set(cards.map(({ id }) => id)),
  domains: new Set(domains),
  facilities: new Set(FACILITIES),
  kernel,
  given: undefined,
  depth: 0,
});

type Made = Pick<GuestInFile, "name" | "facilities" | "profile">;

/**
 * The machine of a guest, as far as its host's description tells.
 *
 * @param unbound queues of the host that no driver has
 */
export function machineOfGuest(
  host: DescribedMachine,
  unbound: readonly Apqn[],
  given: Given,
  guest: Made,
): DescribedMachine {
  const facilities = facilitiesOf(host, guest);
  const qci = facilities.has("apqci");
  const without = new Set<Apqn>(unbound);
  const domains = given.domains.filter((apqi) => host.domains.has(apqi));
  // A guest has no adapter without all of its queues; older kernels would give it some of them.
  const adapters = given.adapters.filter(
    (apid) => host.adapters.has(apid) && domains.every((apqi) => !without.has(apqnOf(asApid(apid), asApqi(apqi)))),
  );
  const maxima = maximaOf({ ...host, qci });
  const shown = (ids: readonly number[], max: number) =>
    new Set(facilities.has("apft") ? ids.filter((id) => id <= max) : []);
  return {
    name: `guest ${guest.name}`,
    apxa: host.apxa,
    ...maxima,
    adapters: shown(adapters, maxima.maxAdapter),
    domains: shown(domains, maxima.maxDomain),
    facilities,
    apsb: host.apsb && qci,
    kernel: guest.profile === undefined ? host.kernel : profileNamed(guest.profile),
    given,
    depth: host.depth + 1,
  };
}

/** At most those of its host, and none without the instructions. */
function facilitiesOf(host: DescribedMachine, { facilities }: Made): ReadonlySet<Facility> {
  const had = FACILITIES.filter((one) => host.facilities.has(one) && (facilities?.includes(one) ?? true));
  return new Set(had.includes("ap") ? had : []);
}

/** Why a queue is not there, for after "it has"; undefined if it is. */
export function missingQueue({ adapters, domains }: DescribedMachine, apqn: Apqn): string | undefined {
  const [apid, apqi] = [apidOf(apqn), apqiOf(apqn)];
  if (!adapters.has(apid)) return `no card ${formatApid(apid)}`;
  return domains.has(apqi) ? undefined : `no domain ${formatApqi(apqi)}`;
}
