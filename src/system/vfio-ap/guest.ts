// Guests: a virtual machine takes an mdev's VFIO device, resets it, gives it back. docs/kernel/device.md §7,
// docs/kernel/hotplug.md §11.
import { NONE } from "../ap/id.ts";
import { RC, type ResponseCode } from "../ap/response-code.ts";
import { DONE, type Result, refused } from "../ap/result.ts";
import { tell } from "../bus/ap-bus.ts";
import type { Mdev } from "../machine/mdev.ts";
import { clearGuest } from "./guest-masks.ts";
import type { Host } from "./host.ts";
import { freeMdev } from "./mdev-life.ts";
import { resetRow } from "./reset.ts";
import { shadowRule } from "./shadow-rules.ts";

const NO_VM = refused("EINVAL", "no-vm");

/** The mdev that this guest has open; undefined if none. */
export const mdevOf = ({ state }: Host, guest: number): Mdev | undefined => state.mdevOfGuest(guest);

/**
 * A guest's process opens the VFIO device and hands over its virtual machine.
 *
 * @param guest number of its name; undefined: without a virtual machine
 * @returns ENODEV being removed; EBUSY open already; EINVAL no virtual machine; EPERM it has an mdev already
 */
export function openMdev(host: Host, mdev: Mdev, guest: number | undefined): Result<void> {
  if (mdev.isBeingRemoved) return refused("ENODEV", { kind: "mdev-being-removed", mdev: mdev.index });
  if (mdev.isAttached) return refused("EBUSY", { kind: "open-already", mdev: mdev.index });
  if (guest === undefined) return NO_VM;
  const other = mdevOf(host, guest);
  if (other) return refused("EPERM", { kind: "vm-has-mdev", mdev: other.index });
  host.state.attach(mdev, guest);
  if (host.observer) tell(host, { kind: "guest-attached", mdev: mdev.index, guest });
  shadowRule(host).attached(host, mdev);
  return DONE;
}

/** The guest is gone, or its process lets go: masks first, then every linked queue is reset. A waiting removal goes on. */
export function closeMdev(host: Host, mdev: Mdev): void {
  const guest = mdev.guest as number;
  clearGuest(host, mdev);
  resetLinked(host, mdev);
  host.state.detach(mdev, guest);
  shadowRule(host).detached(host, mdev);
  if (host.observer) tell(host, { kind: "guest-detached", mdev: mdev.index, guest });
  if (mdev.isBeingRemoved) freeMdev(host, mdev);
}

/** Reset all linked queues, plugged or not. Returns the first code other than 00, or 00. */
function resetLinked(host: Host, mdev: Mdev): ResponseCode {
  const { state } = host;
  const { apm, aqm } = mdev.matrix;
  const { resetRow: row } = state.scratch;
  let first: ResponseCode = RC.normal;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    row.setIntersection(state.linked.row(apid), aqm);
    const rc = resetRow(host, apid, row);
    if (first === RC.normal) first = rc;
  }
  return first;
}

const RESET_FAILED = refused("EIO", { kind: "reset-failed", apqn: undefined });
const RESET_BUSY = refused("EBUSY", { kind: "reset-failed", apqn: undefined });

/**
 * VFIO RESET.
 *
 * @returns EIO some queue did not answer 00, standby and check stop included (docs/kernel/faults.md B-28); older kernels EBUSY
 * for some codes
 */
export function resetMdev(host: Host, mdev: Mdev): Result<void> {
  const rc = resetLinked(host, mdev);
  if (rc === RC.normal) return DONE;
  const busy = host.profile.resetError === "by-code" && rc <= RC.checkstopped;
  return busy ? RESET_BUSY : RESET_FAILED;
}
