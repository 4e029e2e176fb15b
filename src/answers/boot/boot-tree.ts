// /sys while a host boots: what vfio_ap makes is not there before it is loaded, and the bus counts no completion before all queues have a
// driver. Everything else is as in the host that is booted.
import { AP_BUS, driverPath, MATRIX_DEVICE } from "../../system/ap/paths.ts";
import { refused } from "../../system/ap/result.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";

const COUNT = `${AP_BUS}/bindings_complete_count`;
const OF_VFIO_AP = [
  MATRIX_DEVICE.slice(0, MATRIX_DEVICE.lastIndexOf("/")),
  "bus/matrix",
  "bus/mdev",
  "class/mdev_bus",
  "module/vfio_ap",
  driverPath("vfio_ap"),
];
const NO_FILE = refused("ENOENT", "no-such-file");

/** Without `.`, `..` and empty parts; links are not followed. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Whether it is there only while vfio_ap is loaded. */
export function isOfVfioAp(path: string): boolean {
  if (!/vfio_ap|matrix|mdev/.test(path)) return false;
  const plain = plainPath(path);
  return OF_VFIO_AP.some((own) => plain === own || plain.startsWith(`${own}/`));
}

/** @param now asked at every access */
export function bootTree(sysfs: Sysfs, now: { readonly isLoaded: boolean; readonly isComplete: boolean }): Sysfs {
  const isHidden = (path: string): boolean => !now.isLoaded && isOfVfioAp(path);
  return {
    read(path) {
      if (isHidden(path)) return NO_FILE;
      const read = sysfs.read(path);
      return read.ok && !now.isComplete && plainPath(path) === COUNT ? { ok: true, value: "0\n" } : read;
    },
    write: (path, bytes) => (isHidden(path) ? NO_FILE : sysfs.write(path, bytes)),
    list(path) {
      if (isHidden(path)) return NO_FILE;
      const names = sysfs.list(path);
      return names.ok ? { ok: true, value: names.value.filter((name) => !isHidden(`${path}/${name}`)) } : names;
    },
    readlink: (path) => (isHidden(path) ? NO_FILE : sysfs.readlink(path)),
  };
}
