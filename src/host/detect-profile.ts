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
  const shown = sysfs.list("bus/ap");
  const has = (name: string): boolean => shown.ok && shown.value.includes(name);
  if (has("bindings_complete_count") || hasOverrides(sysfs, observed)) return found("linux-7.3");
  if (observed.features.matrix !== undefined)
    return found(
      "linux-6.12",
      "6.10 to 6.18 show the same files; 6.15 to 6.18 also take a guest's queues away when its mdev is removed",
    );
  const isHotPlug = observed.mdevs.some(({ guestView }) => guestView !== undefined);
  if (has("features")) {
    return found(
      "linux-6.8",
      "6.4 to 6.7 show the same files as 6.8: if it is one of them, say so with --profile linux-6.0",
    );
  }
  if (isHotPlug) return found("linux-6.0");
  if (observed.mdevs.length > 0) return found("linux-5.19");
  return found(
    "linux-6.0",
    "there is no mdev to tell it from 5.19 by: if it is older than 6.0, say so with --profile linux-5.19",
  );
}

function hasOverrides(sysfs: Sysfs, { queues }: ObservedHost): boolean {
  const [first] = queues;
  if (!first) return false;
  const { apqn } = first;
  return sysfs.read(`devices/ap/card${formatApid(apidOf(apqn))}/${formatApqn(apqn)}/driver_override`).ok;
}
