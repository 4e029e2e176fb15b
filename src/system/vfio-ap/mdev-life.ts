// Mediated devices come and go. Removing one that a guest has open waits for the guest: its record stays in the list and counts,
// but nobody can reach it any more. docs/kernel/device.md §3.

import { NONE } from "../ap/id.ts";
import { mdevPath } from "../ap/paths.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import { tell } from "../bus/ap-bus.ts";
import type { UeventAction } from "../machine/happening.ts";
import type { Mdev } from "../machine/mdev.ts";
import { withMoreMdevs } from "../machine/snapshot.ts";
import { CONFIG_CHANGE_IRQ, clearGuest, REQUEST_IRQ, signal } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { leaveDangling } from "./links.ts";
import { resetRow } from "./reset.ts";
import { formatUuid, type Uuid } from "./uuid.ts";

/** How many mdevs the driver lets there be. */
export const MDEV_INSTANCES = 65536;

/** The mdev of this UUID, one that is being removed too. */
export const findMdev = ({ state }: Host, uuid: Uuid): Mdev | undefined => state.mdevOfUuid(uuid);

const uuidOf = (mdev: Mdev): string =>
  formatUuid([mdev.uuidWord(0), mdev.uuidWord(1), mdev.uuidWord(2), mdev.uuidWord(3)]);

/** How many more can be created. */
export const instancesLeft = ({ state }: Host): number => MDEV_INSTANCES - state.mdevCount;

const NO_INSTANCES = {
  EPERM: refused("EPERM", "no-instances-left"),
  EUSERS: refused("EUSERS", "no-instances-left"),
};

/**
 * Create an mdev with nothing assigned; it becomes the first of the list.
 *
 * @returns EEXIST the UUID is taken; EUSERS (EPERM before 6.1) no instances left
 */
export function createMdev(host: Host, uuid: Uuid): Result<void> {
  const taken = findMdev(host, uuid);
  if (taken) return refused("EEXIST", { kind: "uuid-taken", mdev: taken.index });
  if (instancesLeft(host) === 0) return NO_INSTANCES[host.profile.noInstances];
  if (host.state.mdevCount === host.state.layout.mdevs) makeRoom(host);
  const mdev = host.state.freeSlot() as Mdev;
  mdev.setState("there");
  uuid.forEach((word, i) => {
    mdev.setUuidWord(i, word);
  });
  host.state.enlistMdev(mdev);
  if (host.observer) {
    tell(host, { kind: "mdev-created", mdev: mdev.index });
    tellDevice(host, formatUuid(uuid), "add", "bind");
  }
  return DONE;
}

/** The uevents of an mdev's device. */
function tellDevice(host: Host, uuid: string, ...actions: readonly UeventAction[]): void {
  for (const action of actions) {
    tell(host, {
      kind: "uevent",
      action,
      device: `/${mdevPath(uuid)}`,
      variables: [],
      properties: [],
    });
  }
}

/** The buffer is replaced by one with twice as many places. */
function makeRoom(host: Host): void {
  host.state = withMoreMdevs(host.state, Math.min(MDEV_INSTANCES, host.state.layout.mdevs * 2));
}

/** Whether a removal is through, or waits for the guest. */
export type Removal = "removed" | "waits";

export function removeMdev(host: Host, mdev: Mdev): Removal {
  if (!mdev.isAttached) {
    freeMdev(host, mdev);
    return "removed";
  }
  mdev.setState("removing");
  if (host.observer) tell(host, { kind: "mdev-removal-waits", mdev: mdev.index, uuid: uuidOf(mdev) });
  requestDevice(host, mdev);
  return "waits";
}

/** Ask the guest's process to let go; repeated every ten seconds while a removal waits. docs/kernel/hotplug.md §11.4. */
export function requestDevice(host: Host, mdev: Mdev): void {
  const { request } = host.profile;
  if (request === "none") return;
  if (request === "clears-masks") {
    clearGuest(host, mdev);
    signal(host, mdev, CONFIG_CHANGE_IRQ);
  }
  signal(host, mdev, REQUEST_IRQ);
}

/** Nobody has it open (any more): its queues are reset and unlinked, and it is gone. */
export function freeMdev(host: Host, mdev: Mdev): void {
  const { state } = host;
  const { apm, aqm } = mdev.matrix;
  const { resetRow: row } = state.scratch;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    row.setIntersection(state.linked.row(apid), aqm);
    resetRow(host, apid, row);
    state.linked.row(apid).removeAll(aqm);
  }
  leaveDangling(state, mdev);
  const uuid = uuidOf(mdev);
  state.delistMdev(mdev);
  mdev.wipe();
  if (host.observer) {
    tellDevice(host, uuid, "unbind", "remove");
    tell(host, { kind: "mdev-removed", mdev: mdev.index, uuid });
  }
}
