// What a profile is: the switches in which kernels differ, and the names that profiles and fixes have. profiles.ts has their values.
import type { BusRules } from "../bus/ap-bus.ts";

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
  /**
   * How a reset is made: in the background until it is through; the same, but check stop (04) is a failure and standby (03) a
   * success (6.6 to 6.8); or giving up on busy, and with both as failures.
   */
  readonly reset: "background" | "standby-passes" | "impatient";
  /** The answer of VFIO RESET to a failure: EIO always, or EBUSY for 01..04. */
  readonly resetError: "EIO" | "by-code";
  /** `status` of a queue: there is none; "in use" by a guest that the queue is assigned to, or by one that has it in its shadow. */
  readonly queueStatus: "absent" | "by-guest" | "by-shadow";
  /** `interrupt` of a queue asks the machine, or tells only of the interrupts that the bus itself has switched on. */
  readonly interruptAsksMachine: boolean;
  /** `ap_functions` of a queue is there. */
  readonly queueFunctions: boolean;
  /** What numbers in changes to apmask and aqmask are cut to: 4294967300 is 4 in an int. */
  readonly maskNumbers: "int" | "long";
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

export type KnownProfile =
  | "linux-7.3"
  | "linux-6.12"
  | "linux-6.8"
  | "linux-6.0"
  | "linux-5.19"
  | "v12"
  | "v11-aqm"
  | "v11";

/** Kernels that people run (kernels.ts). */
export type KernelName =
  | "linux-7.2"
  | "debian-13"
  | "ubuntu-24.04"
  | "debian-12"
  | "linux-6.1.76"
  | "rhel-9"
  | "ubuntu-22.04";

/** A kernel, or one from which single fixes have been taken away again: `linux-7.3-without-whole-filter`. */
export type ProfileName = KnownProfile | KernelName | `${KnownProfile | KernelName}-without-${FixName}${string}`;

export type FixName =
  | "whole-filter"
  | "whole-filter-on-scan"
  | "filter-host-only"
  | "reset-filtered"
  | "reset-adapter"
  | "control-removal"
  | "cleared-filtered"
  | "domain-check";
