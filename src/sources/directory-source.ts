// The /sys of this machine, a mounted lab, or a copy of either, as a source. It is read again and again to see whether it has changed,
// because sysfs does not report changes.

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

/** Milliseconds between two readings. */
const INTERVAL = 2000;

/**
 * @param profile the kernel that the user chose, whatever the files show
 * @param remedy what the message says if there is no AP bus
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

/** The release of the kernel that we run on, if this is its /sys and not a copy, a lab or another mount. */
export const releaseShownBy = (root: string): string | undefined =>
  statfsSync(root).type === SYSFS_MAGIC ? release() : undefined;

/** All that is observed, as text to compare. */
const looks = (sysfs: Sysfs): string =>
  JSON.stringify(observeHost(sysfs), (_, value) =>
    // JSON would not show the ids of a mask.
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
