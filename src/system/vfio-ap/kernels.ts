// Kernels that people run: stable and distribution kernels carry later behaviour under old numbers. Each is a record of the same switches
// as a profile, made from sources that were read, which stand beside it; a name without evidence is not here. docs/kernel/versions.md §6.

import { LINUX_5_19, LINUX_6_0, LINUX_6_8, LINUX_6_12, LINUX_7_3 } from "./mainline.ts";
import type { KernelName, Profile } from "./profile.ts";

export interface Kernel {
  readonly name: KernelName;
  readonly profile: Profile;
  /** What was read: package and version, or repository and commit, with the files; or the list of commits. */
  readonly evidence: string;
  /** Releases, as `uname -r` prints them, that are taken to be this kernel. */
  readonly releases: RegExp;
  /** What other builds that match may do differently; undefined: the release tells the version that was read. */
  readonly doubt: string | undefined;
}

const FILES =
  "ap_bus.c, ap_card.c, ap_queue.c, vfio_ap_drv.c, vfio_ap_ops.c, zcrypt_api.c, zcrypt_card.c, zcrypt_queue.c";

/** 6.1 with the filter fixes of January 2024 (CVE-2024-26620), but none of the resets that came with them in 6.8. */
const LINUX_6_1_76 = {
  ...LINUX_6_0,
  name: "linux-6.1.76",
  filter: "whole",
  assignmentFilters: "all",
  additionFilters: "all",
  filterLooksAt: "host",
  defersProbe: true,
  noInstances: "EUSERS",
} as const satisfies Profile;

const DEBIAN_12 = {
  ...LINUX_6_1_76,
  name: "debian-12",
  queueStatus: "by-shadow",
  maskNumbers: "long",
  controlDomainRemoval: "unplugged",
} as const satisfies Profile;

const UBUNTU_24_04 = {
  ...LINUX_6_8,
  name: "ubuntu-24.04",
  bindingsEvents: "scan-end",
  secureBinding: { files: "every-queue", looksFirst: true, uevents: false },
  controlDomainRemoval: "unplugged",
  maskNumbers: "long",
  depthAddend: 1,
  moduleParameters: LINUX_6_12.moduleParameters,
} as const satisfies Profile;

const UBUNTU_22_04 = {
  ...LINUX_5_19,
  name: "ubuntu-22.04",
  asksInUse: false,
  maskUevents: false,
  queueStatus: "absent",
  maskNumbers: "long",
} as const satisfies Profile;

/** Newest first. */
export const KERNELS: readonly Kernel[] = [
  {
    name: "linux-7.2",
    profile: { ...LINUX_7_3, name: "linux-7.2", messageSizeAbove: 0 },
    evidence: `Debian package linux-source-7.2 7.2.13-1: ${FILES}`,
    releases: /^7\.2\./,
    doubt: undefined,
  },
  {
    name: "debian-13",
    profile: { ...LINUX_6_12, name: "debian-13" },
    evidence: `Debian package linux-source-6.12 6.12.117-1: ${FILES}; its C answered the recorded traces`,
    releases: /^6\.12\.\d+\+deb13/,
    doubt: undefined,
  },
  {
    name: "ubuntu-24.04",
    profile: UBUNTU_24_04,
    evidence: `Ubuntu packages linux-source-6.8.0 6.8.0-151.151 and 6.8.0-31.31: ${FILES}`,
    releases: /^6\.8\.0-\d+-(generic|lowlatency|ibm)/,
    doubt:
      "6.8.0-151 was read: earlier builds may print depth one less, keep control domains that the host lost, and cut numbers in masks to 32 bits",
  },
  {
    name: "debian-12",
    profile: DEBIAN_12,
    evidence: `Debian packages linux-source-6.1 6.1.192-3 and 6.1.176-1: ${FILES}`,
    releases: /^6\.1\.0-\d+-s390x/,
    doubt:
      '6.1.192 was read: 6.1.176 keeps control domains that the host lost; 6.1.76 says "in use" of filtered queues, and before it only what is assigned just then is filtered (linux-6.0)',
  },
  {
    name: "linux-6.1.76",
    profile: LINUX_6_1_76,
    evidence:
      'queue of the stable branch 6.1 on 27 January 2024, which became 6.1.76: "always filter entire AP matrix", "loop over the shadow APCB when filtering guest\'s AP configuration"; all else as in 6.0 and in the sources of debian-12',
    releases: /^6\.1\.76\b/,
    doubt: "of 6.1.76 itself only the list of commits was read",
  },
  {
    name: "rhel-9",
    profile: { ...LINUX_6_8, name: "rhel-9" },
    evidence: "repository bella485/centos-stream-9: vfio_ap_ops.c at 3b192c454068, ap_bus.c at 0e8bba625d97",
    releases: /^5\.14\.0-\d+(\.\d+)*\.el9/,
    doubt:
      "one state of CentOS Stream 9 was read, which is that of 6.8: older builds lack its fixes, newer ones may have ap_config and those of 6.9 and later",
  },
  {
    name: "ubuntu-22.04",
    profile: UBUNTU_22_04,
    evidence: `Ubuntu package linux-source-5.15.0 5.15.0-204.214: ${FILES}`,
    releases: /^5\.15\.0-\d+-(generic|lowlatency|ibm)/,
    doubt: undefined,
  },
];

/** The kernel that calls itself so; undefined if none of these does. */
export const kernelOfRelease = (release: string): Kernel | undefined =>
  KERNELS.find(({ releases }) => releases.test(release));
