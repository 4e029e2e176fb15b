// The /sys of this machine, a mounted lab, or a copy of either, as a source: it is asked again and again whether it looks different,
// because sysfs tells nobody of its changes.

import { existsSync, statfsSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { parsed } from "../formats/reading/input-error.ts";
import { AP_BUS } from "../system/ap/paths.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { directorySysfs } from "./directory-sysfs.ts";
import { cannotOpen, type Opened } from "./source.ts";

/** Milliseconds between two looks. */
const INTERVAL = 2000;

/**
 * @param profile whose rules it is said to follow, whatever its files show
 * @param remedy what to say if it has no AP bus
 */
export function directorySource(root: string, profile: Profile | undefined, remedy: string): Opened {
  if (!existsSync(join(root, AP_BUS))) return cannotOpen(root, `there is no bus/ap in it: ${remedy}`);
  const sysfs = directorySysfs(root);
  const apBus = sysfs.list(AP_BUS);
  if (!apBus.ok) return cannotOpen(root, `bus/ap in it cannot be read (${apBus.errno}): become a user who may read it`);
  return parsed({
    sysfs,
    isLive: true,
    describes: root,
    guests: undefined,
    profile,
    release: releaseShownBy(root),
    host: undefined,
    watch: (listener, interval = INTERVAL) => watchSysfs(sysfs, listener, interval),
    close: () => undefined,
  });
}

const SYSFS_MAGIC = 0x62656572;

/** Of the kernel that we run on, if this is its /sys and no copy, lab or other mount in its place. */
export const releaseShownBy = (root: string): string | undefined =>
  statfsSync(root).type === SYSFS_MAGIC ? release() : undefined;

/** Everything that is looked at, as text to compare. */
const looks = (sysfs: Sysfs): string =>
  JSON.stringify(observeHost(sysfs), (_, value) =>
    // Masks have their words in private.
    typeof (value as { ids?: unknown } | null)?.ids === "function" ? (value as { ids(): unknown }).ids() : value,
  );

function watchSysfs(sysfs: Sysfs, listener: () => void, interval: number): () => void {
  let before = looks(sysfs);
  const timer = setInterval(() => {
    const now = looks(sysfs);
    if (now === before) return;
    before = now;
    listener();
  }, interval);
  return () => clearInterval(timer);
}
