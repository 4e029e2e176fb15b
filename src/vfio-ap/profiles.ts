// What differs between kernels, as one record of switches each: rules ask a switch, never a version. spec/05 §5, spec/04 §17.
import type { BusRules } from "../bus/ap-bus.ts";
import { type FixName, withoutFixes } from "./fixes.ts";

export interface Profile extends BusRules {
  readonly name: ProfileName;
  /**
   * How the shadow APCB is kept. `none`: a guest gets the matrix as it stands when it starts. `v11`: only while a guest runs,
   * by adapter or by domain. `v12`: only while a guest runs, one assignment at a time. `new-part`: always, but only what was
   * just assigned is looked at. `whole`: always, all of it.
   */
  readonly filter: "none" | "v11" | "v12" | "new-part" | "whole";
  /** Assigning looks at everything, or (CVE-2024-26620) only at what is assigned just then. */
  readonly assignmentFilters: "all" | "new";
  /** The end of a scan looks at everything, or only at what the host gained. */
  readonly additionFilters: "all" | "new";
  /** The filter looks at queues that the host's configuration has, or at all that are assigned. */
  readonly filterLooksAt: "host" | "assigned";
  /** The set of filtered adapters is cleared before it is used (CVE-2026-93238). */
  readonly clearsFiltered: boolean;
  /** When the removal of a queue unplugs its adapter: APID in the shadow, or APQI as well (the seed mail's question). */
  readonly removalUnplugs: "apm" | "apm-and-aqm";
  /** Taking a plugged queue away resets all queues of its adapter that the guest had, or just this one. */
  readonly removalResets: "adapter" | "queue";
  /** A queue that left the host configuration is not reset when its driver lets go. */
  readonly goneQueueIsLeftAlone: boolean;
  /** Adapters that a filter run takes away have their queues reset. */
  readonly resetsFiltered: boolean;
  /** A probe while the host configuration grows waits for the end of the scan. */
  readonly defersProbe: boolean;
  /** Assignments change while a guest runs; before, EBUSY. */
  readonly hotPlug: boolean;
  /** What every queue of a matrix must be: not the host's, or bound to vfio_ap. */
  readonly assignNeeds: "not-host-owned" | "bound";
  /** Control domains that left the host: unplugged, or (a wrong set operation) only those nobody assigned. */
  readonly controlDomainRemoval: "unplugged" | "kept";
  /** Control domains are limited to the host's. */
  readonly filtersControlDomains: boolean;
  /** The shadow after a host removal reaches the guest. */
  readonly commitsHostRemoval: boolean;
  /** How a reset is made: in the background until it is through; or giving up on busy, and with codes 03 and 04 as failures. */
  readonly reset: "background" | "impatient";
  /** The answer of VFIO RESET to a failure: EIO always, or EBUSY for 01..04. */
  readonly resetError: "EIO" | "by-code";
  /** DMA unmap switches interrupts off, or just unpins. */
  readonly unmapDisables: boolean;
  /** What a removal request does to the guest: nothing, an eventfd, or its masks are cleared first. */
  readonly request: "none" | "eventfd" | "clears-masks";
  /** Number of IRQ indexes of the VFIO device, 0..2. */
  readonly irqs: 0 | 1 | 2;
  readonly noInstances: "EPERM" | "EUSERS";
  /** guest_matrix: absent; ENODEV without a guest; shown. */
  readonly guestMatrix: "absent" | "attached" | "shown";
  readonly apConfig: boolean;
  /** Content of the matrix device's features, without newline; undefined: no such file. */
  readonly matrixFeatures: string | undefined;
  /** The bus attribute features exists. */
  readonly busFeatures: boolean;
  /** `depth` of a card shows how many requests fit (1), or one less, as the machine says it (0). */
  readonly depthAddend: 0 | 1;
  readonly moduleParameters: ModuleParameters;
}

/** What /sys/module shows of parameters: with which modes, and which there are besides those that every kernel has. */
export interface ModuleParameters {
  readonly mode: 0o440 | 0o444;
  /** Mode of msgpool_min_items of the AP bus; undefined: there is none. */
  readonly messagePool: 0o400 | 0o440 | undefined;
  readonly zcrypt: "hwrng_seed" | "mempool_threshold" | undefined;
}

const LINUX_7_3 = {
  name: "linux-7.3",
  driverOverride: true,
  inUsePartner: "all",
  bindingsCompleteCount: true,
  messageSizeAbove: 3,
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
  reset: "impatient",
  resetError: "by-code",
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

export type KnownProfile =
  | "linux-7.3"
  | "linux-6.12"
  | "linux-6.8"
  | "linux-6.0"
  | "linux-5.19"
  | "v12"
  | "v11-aqm"
  | "v11";

/** A kernel, or one from which single fixes have been taken away again: `linux-7.3-without-whole-filter`. */
export type ProfileName = KnownProfile | `${KnownProfile}-without-${FixName}${string}`;

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
