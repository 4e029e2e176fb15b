// The guests that run on a host in memory, as only the machine itself knows them: /sys names no guest.

import { copyOf } from "../ap/mask.ts";
import type { Matrix } from "../ap/matrix.ts";
import type { Host } from "../vfio-ap/host.ts";
import { mdevName } from "./mdev-names.ts";

/** The masks are those that the guest runs with. */
export interface RunningGuest extends Matrix {
  readonly name: string;
}

/**
 * By the uuid of the mdev that a guest has open. One whose removal waits is among them, though sysfs does not show it.
 *
 * @param before what was found before; guests whose names are not members of `changed` are taken from it
 */
export function runningGuests(
  { state }: Host,
  before: ReadonlyMap<string, RunningGuest> = new Map(),
  changed: Readonly<Record<string, unknown>> = {},
): ReadonlyMap<string, RunningGuest> {
  const guests = new Map<string, RunningGuest>();
  for (const mdev of state.listedMdevs()) {
    if (mdev.guest === undefined) continue;
    const [uuid, name] = [mdevName(mdev), state.names.nameOf(mdev.guest)];
    const known = before.get(uuid);
    if (known?.name === name && !Object.hasOwn(changed, name)) {
      guests.set(uuid, known);
      continue;
    }
    const { apm, aqm, adm } = mdev.guestMasks;
    guests.set(uuid, { name, apm: copyOf(apm), aqm: copyOf(aqm), adm: copyOf(adm) });
  }
  return guests;
}
