// A running lab as a source, "lab:NAME", with all that it knows of itself, such as the names of its guests and how resets ended.

import { parsed } from "../formats/reading/input-error.ts";
import { UserError } from "../guards/user-error.ts";
import { LabMirror } from "../lab/lab-mirror.ts";
import { chooseLab, socketPath } from "../lab/runtime.ts";
import { runningGuests } from "../system/sysfs/running-guests.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { cannotOpen, LAB_PREFIX, type Opened } from "./source.ts";

/**
 * @param from `lab:` alone means the only running lab
 * @param profile the user's choice, which must be the lab's profile
 */
export function labSource(from: string, profile: Profile | undefined): Opened {
  try {
    const asked = from.slice(LAB_PREFIX.length);
    const { name, profile: running } = chooseLab(asked === "" ? undefined : asked, `--from ${LAB_PREFIX}NAME`);
    if (profile && profile.name !== running) {
      return cannotOpen(
        from,
        `it runs ${running}, which --profile ${profile.name} cannot replace: leave --profile out`,
      );
    }
    const mirror = new LabMirror(name, socketPath(name));
    const warnings =
      mirror.others === 0
        ? []
        : [`${from}: ${mirror.others} of its answers are not those of this version, so it may not look the same`];
    return parsed(
      {
        sysfs: mirror.sysfs,
        isLive: true,
        describes: `lab ${name}`,
        get guests() {
          return runningGuests(mirror.host);
        },
        labels: mirror.labels,
        profile: mirror.profile,
        get host() {
          return mirror.host;
        },
        get inside() {
          return mirror.inside;
        },
        watch: (listener) => mirror.watch(listener),
        close: () => mirror.close(),
      },
      warnings,
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return cannotOpen(from, error.message);
  }
}
