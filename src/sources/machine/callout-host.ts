// What the call-out of mdevctl reads: the host as its /sys shows it, and what its files say about its next boot.
import { join } from "node:path";
import type { OtherDefinition } from "../../answers/verdict/callout-verdict.ts";
import type { RuleMasks } from "../../formats/tools/udev-rules.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { describeHost } from "../describe-host.ts";
import { detectProfile } from "../detect-profile.ts";
import { releaseShownBy } from "../directory-source.ts";
import { directorySysfs } from "../directory-sysfs.ts";
import { rebuildHost } from "../rebuild-host.ts";
import { readPersistentFiles } from "./persistent-files.ts";
import { reboot } from "./reboot.ts";

/** The root that mdevctl may have been given, and /sys below it. */
export interface CalloutPlaces {
  readonly root: string;
  readonly sys: string;
}

export const calloutPlaces = (root = "/"): CalloutPlaces => ({ root, sys: join(root, "sys") });

export interface CalloutHost {
  readonly sysfs: Sysfs;
  readonly host: Host;
  /** The same host without any mdev. */
  readonly empty: Host;
}

/** undefined if there is no AP bus: then it is not known what a kernel would say. */
export function readCalloutHost({ sys }: CalloutPlaces): CalloutHost | undefined {
  const sysfs = directorySysfs(sys);
  const observed = observeHost(sysfs);
  if (observed.apmask === undefined || observed.aqmask === undefined) return undefined;
  const { profile } = detectProfile(observed, releaseShownBy(sys));
  return {
    sysfs,
    host: rebuildHost(observed, profile).host,
    empty: rebuildHost({ ...observed, mdevs: [] }, profile).host,
  };
}

/** What the host's files make of its next boot. Where its machine cannot be described, no mask is taken to be set. */
export function readNextBoot({ root, sys }: CalloutPlaces): {
  readonly masks: RuleMasks;
  readonly others: readonly OtherDefinition[];
  readonly warnings: readonly string[];
} {
  const files = readPersistentFiles(root);
  const unsaid = { guests: undefined, profile: undefined, host: undefined };
  const machine = describeHost({ sysfs: directorySysfs(sys), describes: sys, release: releaseShownBy(sys), ...unsaid });
  const masks = machine.ok
    ? reboot(machine.value, machine.profile, files).masks
    : { apmask: undefined, aqmask: undefined };
  return {
    masks,
    others: files.mdevs.map(({ uuid, definition }) => ({ uuid, ...definition })),
    warnings: files.warnings,
  };
}
