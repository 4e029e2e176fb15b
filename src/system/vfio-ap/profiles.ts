// What differs between kernels, as one record of switches each: rules ask a switch, never a version. docs/kernel/versions.md §5,
// docs/kernel/hotplug.md §17.
import { withoutFixes } from "./fixes.ts";
import type { Profile } from "./profile.ts";

const LINUX_7_3 = {
  name: "linux-7.3",
  driverOverride: true,
  inUsePartner: "all",
  bindingsCompleteCount: true,
  messageSizeAbove: 3,
  bindingsEvents: "scan-end",
  comeback: "resets",
  onlineNeedsNoCheckstop: true,
  filter: "whole",
  assignmentFilters: "all",
  additionFilters: "all",
  filterLooksAt: "host",
  clearsFiltered: true,
  removalUnplugs: "apm-and-aqm",
  removalResets: "adapter",
  goneQueueIsLeftAlone: true,
  resetsFiltered: true,
  defersProbe: true,
  hotPlug: true,
  assignNeeds: "not-host-owned",
  controlDomainRemoval: "unplugged",
  filtersControlDomains: true,
  commitsHostRemoval: true,
  reset: "background",
  resetError: "EIO",
  queueStatus: "by-shadow",
  interruptAsksMachine: true,
  queueFunctions: true,
  maskNumbers: "long",
  unmapDisables: true,
  request: "clears-masks",
  irqs: 2,
  noInstances: "EUSERS",
  guestMatrix: "shown",
  apConfig: true,
  matrixFeatures: "guest_matrix hotplug ap_config",
  busFeatures: true,
  depthAddend: 1,
  moduleParameters: { mode: 0o444, messagePool: 0o400, zcrypt: "mempool_threshold" },
} as const satisfies Profile;

const LINUX_6_12 = {
  ...LINUX_7_3,
  name: "linux-6.12",
  driverOverride: false,
  inUsePartner: "current-mask",
  bindingsCompleteCount: false,
  messageSizeAbove: 0,
  request: "eventfd",
  irqs: 1,
  moduleParameters: { mode: 0o440, messagePool: 0o440, zcrypt: undefined },
} as const satisfies Profile;

const LINUX_6_8 = {
  ...LINUX_6_12,
  name: "linux-6.8",
  bindingsEvents: "each-binding",
  reset: "standby-passes",
  maskNumbers: "int",
  depthAddend: 0,
  moduleParameters: { mode: 0o440, messagePool: undefined, zcrypt: undefined },
  controlDomainRemoval: "kept",
  apConfig: false,
  matrixFeatures: undefined,
} as const satisfies Profile;

const LINUX_6_0 = {
  ...LINUX_6_8,
  name: "linux-6.0",
  filter: "new-part",
  assignmentFilters: "new",
  additionFilters: "new",
  filterLooksAt: "assigned",
  removalResets: "queue",
  goneQueueIsLeftAlone: false,
  resetsFiltered: false,
  defersProbe: false,
  comeback: "waits-for-poll",
  onlineNeedsNoCheckstop: false,
  reset: "impatient",
  resetError: "by-code",
  queueStatus: "by-guest",
  interruptAsksMachine: false,
  queueFunctions: false,
  unmapDisables: false,
  request: "none",
  irqs: 0,
  noInstances: "EPERM",
  busFeatures: false,
  moduleParameters: { mode: 0o440, messagePool: undefined, zcrypt: "hwrng_seed" },
} as const satisfies Profile;

const LINUX_5_19 = {
  ...LINUX_6_0,
  name: "linux-5.19",
  filter: "none",
  hotPlug: false,
  assignNeeds: "bound",
  filtersControlDomains: false,
  guestMatrix: "absent",
} as const satisfies Profile;

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

/** The profile of this name, with or without some of its fixes; undefined if there is none. The same name is the same object. */
export function profileNamed(name: string): Profile | undefined {
  const [base, ...fixes] = name.split("-without-");
  const known = PROFILES.find((profile) => profile.name === base);
  if (!known || fixes.length === 0) return known;
  if (!reduced.has(name)) reduced.set(name, withoutFixes(known, fixes));
  return reduced.get(name);
}
