// Which kernel made a /sys, by the files in it. docs/kernel/versions.md.

import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import { kernelOfRelease } from "../system/vfio-ap/kernels.ts";
import type { Profile, ProfileName } from "../system/vfio-ap/profile.ts";
import { profileNamed } from "../system/vfio-ap/profiles.ts";
import type { Source } from "./source.ts";

export interface DetectedProfile {
  readonly profile: Profile;
  /** A sentence on kernels that could not be distinguished. */
  readonly doubt: string | undefined;
}

/** A source's own kernel, or the one that its files show. */
export const profileOf = (
  { profile, release }: Pick<Source, "profile" | "release">,
  observed: ObservedHost,
): DetectedProfile => (profile ? { profile, doubt: undefined } : detectProfile(observed, release));

/**
 * The usual kernel of this release, if it shows these files; otherwise the newest mainline kernel that shows them. If several kernels do,
 * the version decides; if the version is not known, the doubt says so.
 *
 * @param release of the kernel, such as `6.12.9-300`
 */
export function detectProfile(observed: ObservedHost, release?: string): DetectedProfile {
  const kernel = release === undefined ? undefined : kernelOfRelease(release);
  if (kernel && shows(kernel.profile, observed)) return { profile: kernel.profile, doubt: kernel.doubt };
  const version = versionOf(release);
  const found = (name: ProfileName, doubt?: string): DetectedProfile => ({
    profile: profileNamed(name) as Profile,
    doubt,
  });
  const { features, mdevs, queues, bindingsCompleted } = observed;
  if (bindingsCompleted !== undefined || queues[0]?.override !== undefined) return found("linux-7.3");
  if (features.matrix !== undefined) {
    return version !== undefined && version >= 610 && version < 615
      ? found("linux-6.12")
      : found("linux-6.12", LIKE_6_12);
  }
  if (features.bus !== undefined) {
    // An older version with newer files is a distribution's kernel, and it is not known what else it has taken over.
    if (version === undefined || version < 604) return found("linux-6.8", LIKE_6_8);
    if (version >= 608) return found("linux-6.8");
    return HAS_FIXES_OF_6_8.test(release ?? "") ? found("linux-6.8", BEFORE_6_8) : found("linux-6.0", BEFORE_6_8);
  }
  if (mdevs.some(({ guestView }) => guestView !== undefined)) return found("linux-6.0");
  if (mdevs.length > 0) return found("linux-5.19");
  if (version === undefined) return found("linux-6.0", LIKE_6_0);
  return found(version < 600 ? "linux-5.19" : "linux-6.0");
}

/** Whether a kernel has exactly these files. If there is no queue or mdev, their files do not count. */
function shows(profile: Profile, { features, mdevs, queues, bindingsCompleted }: ObservedHost): boolean {
  if (profile.busFeatures !== (features.bus !== undefined)) return false;
  if (profile.bindingsCompleteCount !== (bindingsCompleted !== undefined)) return false;
  if (queues[0] && profile.driverOverride !== (queues[0].override !== undefined)) return false;
  const hasMatrixFeatures = features.matrix !== undefined;
  if (mdevs.length === 0) return !hasMatrixFeatures || profile.matrixFeatures !== undefined;
  const showsGuests = mdevs.some(({ guestView }) => guestView !== undefined);
  return (
    hasMatrixFeatures === (profile.matrixFeatures !== undefined) && showsGuests === (profile.guestMatrix === "shown")
  );
}

const LIKE_6_12 =
  "6.10 to 6.18 show the same files; 6.15 to 6.18 also take a guest's queues away when its mdev is removed";
const LIKE_6_8 = "6.4 to 6.7 show the same files as 6.8: if it is one of them, say so with --profile linux-6.0";
/** Stable releases that took over how 6.8 filters; docs/kernel/versions.md §6. */
const HAS_FIXES_OF_6_8 = /^6\.6\.(1[5-9]|[2-9]\d|\d{3})(?!\d)/;
const BEFORE_6_8 =
  "6.4 to 6.7 stand between linux-6.0 and linux-6.8: from 6.6 on they reset as 6.8 does, and their later stable releases also filter as it does";
const LIKE_6_0 = "there is no mdev to tell it from 5.19 by: if it is older than 6.0, say so with --profile linux-5.19";

/** 612 for 6.12. */
function versionOf(release: string | undefined): number | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? "") ?? [];
  return major === undefined || minor === undefined ? undefined : Number(major) * 100 + Number(minor);
}
