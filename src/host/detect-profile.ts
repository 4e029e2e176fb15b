// Which kernel a /sys is of, by the files that it has. spec/05.

import { apidOf, formatApid, formatApqn } from "../ap/apqn.ts";
import type { ObservedHost } from "../sysfs/observed-host.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
import { type Profile, type ProfileName, profileNamed } from "../vfio-ap/profiles.ts";

export interface DetectedProfile {
  readonly profile: Profile;
  /** What could not be told apart, as a sentence. */
  readonly doubt: string | undefined;
}

/** The newest kernel that shows these files; where several do, that is said. */
export function detectProfile(sysfs: Sysfs, observed: ObservedHost): DetectedProfile {
  const found = (name: ProfileName, doubt?: string): DetectedProfile => ({
    profile: profileNamed(name) as Profile,
    doubt,
  });
  if (sysfs.read("bus/ap/bindings_complete_count").ok || hasOverrides(sysfs, observed)) return found("linux-7.3");
  if (observed.features.matrix !== undefined) return found("linux-6.12");
  if (observed.mdevs.some(({ guestView }) => guestView !== undefined)) {
    return found("linux-6.8", "6.0 to 6.7 show the same files: name it with --profile linux-6.0 if that is the kernel");
  }
  if (observed.mdevs.length > 0) return found("linux-5.19");
  return found("linux-6.8", "there is no mdev to tell the kernel by: name it with --profile");
}

function hasOverrides(sysfs: Sysfs, { queues }: ObservedHost): boolean {
  const [first] = queues;
  if (!first) return false;
  const { apqn } = first;
  return sysfs.read(`devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/driver_override`).ok;
}
