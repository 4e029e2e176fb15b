// What differs between kernels, as one record of switches each: rules ask a switch, never a version. docs/kernel/versions.md §5,
// docs/kernel/hotplug.md §17.
import { withoutFixes } from "./fixes.ts";
import { KERNELS } from "./kernels.ts";
import { LINUX_5_19, LINUX_6_0, LINUX_6_8, LINUX_6_12, LINUX_7_3 } from "./mainline.ts";
import type { Profile } from "./profile.ts";

const V11 = {
  ...LINUX_5_19,
  name: "v11",
  filter: "v11",
  removalUnplugs: "apm",
  hotPlug: true,
  assignNeeds: "not-host-owned",
  commitsHostRemoval: false,
  guestMatrix: "attached",
} as const satisfies Profile;

const V11_AQM = { ...V11, name: "v11-aqm", removalUnplugs: "apm-and-aqm" } as const satisfies Profile;

const V12 = { ...V11_AQM, name: "v12", filter: "v12", commitsHostRemoval: true } as const satisfies Profile;

/** Newest first. */
export const PROFILES: readonly Profile[] = [
  LINUX_7_3,
  LINUX_6_12,
  LINUX_6_8,
  LINUX_6_0,
  LINUX_5_19,
  V12,
  V11_AQM,
  V11,
];

export const DEFAULT_PROFILE: Profile = LINUX_7_3;
/** What a trace header without a profile means. */
export const TRACE_PROFILE: Profile = LINUX_6_12;

const reduced = new Map<string, Profile | undefined>();

/** Mainline and patches, then kernels that people run: all that can be asked for, besides fixes taken away. */
export const ALL_PROFILES: readonly Profile[] = [...PROFILES, ...KERNELS.map(({ profile }) => profile)];
export const PROFILE_NAMES: readonly string[] = ALL_PROFILES.map(({ name }) => name);

/** The profile of this name, with or without some of its fixes; undefined if there is none. The same name is the same object. */
export function profileNamed(name: string): Profile | undefined {
  const [base, ...fixes] = name.split("-without-");
  const known = ALL_PROFILES.find((profile) => profile.name === base);
  if (!known || fixes.length === 0) return known;
  if (!reduced.has(name)) reduced.set(name, withoutFixes(known, fixes));
  return reduced.get(name);
}
