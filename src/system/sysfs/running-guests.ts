// The guests that run on a host in memory, as only the machine itself knows them: /sys names no guest.

import { maskOf } from "../ap/mask.ts";
import type { Matrix } from "../ap/matrix.ts";
import type { Host } from "../vfio-ap/host.ts";
import { mdevName } from "./mdev-names.ts";

/** The masks are those that the guest runs with. */
export interface RunningGuest extends Matrix {
  readonly name: string;
}

/** By the uuid of the mdev that a guest has open. One whose removal waits is among them, though sysfs does not show it. */
export function runningGuests({ state }: Host): ReadonlyMap<string, RunningGuest> {
  const guests = new Map<string, RunningGuest>();
  for (const mdev of state.listedMdevs()) {
    if (mdev.guest === undefined) continue;
    const { apm, aqm, adm } = mdev.guestMasks;
    guests.set(mdevName(mdev), {
      name: state.names.nameOf(mdev.guest),
      apm: maskOf(apm.ids()),
      aqm: maskOf(aqm.ids()),
      adm: maskOf(adm.ids()),
    });
  }
  return guests;
}
