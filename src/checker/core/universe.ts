// The bounded space that a check covers: how large the host is, what can happen in it, and under which kernel. It is made from the plain
// data that workers are given, and checked.
import { FIXES } from "../../system/vfio-ap/fixes.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILE_NAMES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { EVENT_KINDS, type EventKind, type KindOfEvent } from "./kinds.ts";

/** Plain data, which is sent to workers. */
export interface CoreOptions {
  /** `linux-7.3`, or with fixes taken away `linux-7.3-without-whole-filter`. */
  readonly profile: string;
  /** A second kernel, to find out when a guest sees a difference. */
  readonly against?: string | undefined;
  /** 1..8 */
  readonly adapters: number;
  readonly domains: number;
  /** 1..4, each with a guest of its own. */
  readonly mdevs: number;
  /** How many adapters, and how many domains, may be out of the host's configuration at one time. */
  readonly absent: number;
  /** Kinds of events; the usual ones if left out. */
  readonly events?: readonly string[] | undefined;
  /** States that differ only in the names of adapters, domains and mdevs count as one. */
  readonly symmetry?: boolean | undefined;
  /** The order of a scan, the kernel's if left out; symmetry implies "any". */
  readonly scanOrder?: "kernel" | "any" | undefined;
  /** Names of properties; the usual ones if left out. */
  readonly properties?: readonly string[] | undefined;
}

export interface Universe extends Pick<CoreOptions, "adapters" | "domains" | "mdevs" | "absent"> {
  readonly profile: Profile;
  readonly against: Profile | undefined;
  readonly kinds: ReadonlySet<EventKind>;
  /** A scan takes its devices in any order. */
  readonly anyOrder: boolean;
  readonly symmetry: boolean;
  /** Pointers that queues keep to mdevs they have left (docs/kernel/faults.md B-1) are part of a state. */
  readonly pointers: boolean;
}

const MAX = { adapters: 8, domains: 8, mdevs: 4 } as const;

/** How many adapters and domains, of which every set is tried. */
const MOST_IN_A_MATRIX = 8;

/** What is wrong with an option, and what would be right, in one line. */
export interface WrongOption {
  readonly error: string;
}

export function universeOf(options: CoreOptions): Universe | WrongOption {
  const profile = profileNamed(options.profile);
  if (!profile) return unknownProfile(options.profile);
  const against = options.against === undefined ? undefined : profileNamed(options.against);
  if (options.against !== undefined && !against) return unknownProfile(options.against);
  for (const what of ["adapters", "domains", "mdevs"] as const) {
    const n = options[what];
    if (!Number.isInteger(n) || n < 1 || n > MAX[what]) {
      return { error: `--host: ${n} ${what}; the checker takes 1 to ${MAX[what]}` };
    }
  }
  if (!Number.isInteger(options.absent) || options.absent < 0) return { error: "--absent: a number from 0 on" };
  const names = options.events ?? usualEvents(profile);
  const unknown = names.find((name) => !EVENT_KINDS.some((kind) => kind.name === name));
  if (unknown !== undefined) {
    const known = EVENT_KINDS.map(({ name }) => name).join(", ");
    return { error: `--events: there are no events "${unknown}"; known: ${known}` };
  }
  const { adapters, domains, mdevs, absent } = options;
  const kinds = new Set(EVENT_KINDS.flatMap(({ name }) => (names.includes(name) ? name : [])));
  if (kinds.has("config") && kinds.has("hardware")) {
    return { error: "--events: config and hardware are two ways to say the same; take one of them" };
  }
  if (kinds.has("ap_config") && adapters + domains > MOST_IN_A_MATRIX) {
    return {
      error: `--events: ap_config writes every matrix; at most ${MOST_IN_A_MATRIX} adapters and domains together`,
    };
  }
  const symmetry = options.symmetry === true;
  const anyOrder = symmetry || options.scanOrder === "any";
  return { profile, against, adapters, domains, mdevs, absent, kinds, anyOrder, symmetry, pointers: false };
}

function usualEvents({ name: profile }: Profile): readonly string[] {
  const lacks = profile.split("-without-").slice(1);
  const matters = ({ usual, forFixes = [] }: KindOfEvent) => usual || forFixes.some((fix) => lacks.includes(fix));
  return EVENT_KINDS.filter(matters).map(({ name }) => name);
}

function unknownProfile(name: string): WrongOption {
  const [base, ...fixes] = name.split("-without-");
  if (!PROFILE_NAMES.some((known) => known === base)) {
    return { error: `unknown profile "${name}"; known: ${PROFILE_NAMES.join(", ")}` };
  }
  const missing = fixes.find((_, n) => !profileNamed([base, ...fixes.slice(0, n + 1)].join("-without-")));
  const known = FIXES.map((fix) => fix.name).join(", ");
  return { error: `--without: ${base} has no fix "${missing}" that could be taken away; fixes: ${known}` };
}

/** Devices come and go in this universe. */
export const hasScans = ({ kinds }: Universe): boolean =>
  kinds.has("config") || kinds.has("hardware") || kinds.has("card");

/** Queues can be bound to the host's own driver. */
export const hasHostDriver = ({ kinds }: Universe): boolean =>
  kinds.has("probe") || kinds.has("masks") || kinds.has("override");

export const hasControl = ({ kinds }: Universe): boolean => kinds.has("control") || kinds.has("ap_config");

/** Pointers that were left behind matter: a property asks for them, an mdev can go, or the rule looks only at the adapter. */
export const tracksStale = ({ kinds, profile, pointers }: Universe): boolean =>
  pointers || kinds.has("mdev") || (profile.removalUnplugs === "apm" && profile.filter !== "v11");

/** What the bus thinks of a queue's health decides whether it resets one that a guest has. */
export const tracksHealth = ({ kinds }: Universe): boolean => kinds.has("card") || kinds.has("fault");

/** The host's driver can be given a queue that the machine has taken away, whose reset then fails: no guest ever sees it. */
export const hostUsesQueues = (universe: Universe): boolean => hasScans(universe) && hasHostDriver(universe);
