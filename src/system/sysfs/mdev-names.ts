// Which mdevs sysfs shows, and under which names: one whose removal waits for its guest is not there any more.
// docs/kernel/device.md §3.3.
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "../vfio-ap/host.ts";
import { findMdev } from "../vfio-ap/mdev-life.ts";
import { formatUuid, parseUuid } from "../vfio-ap/uuid.ts";

export const mdevName = (mdev: Mdev): string =>
  formatUuid([mdev.uuidWord(0), mdev.uuidWord(1), mdev.uuidWord(2), mdev.uuidWord(3)]);

/** Lower case names in byte order. */
export const mdevNames = ({ state }: Host): readonly string[] =>
  state
    .listedMdevs()
    .filter((mdev) => !mdev.isBeingRemoved)
    .map(mdevName)
    .sort();

/** The mdev that has this exact name in sysfs. */
export function mdevNamed(host: Host, name: string): Mdev | undefined {
  const uuid = parseUuid(name);
  if (!uuid || name !== name.toLowerCase()) return undefined;
  const mdev = findMdev(host, uuid);
  return mdev && !mdev.isBeingRemoved ? mdev : undefined;
}
