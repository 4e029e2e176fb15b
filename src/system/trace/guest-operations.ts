// What a guest's process does with the device that it has open.
import { formatResponseCode } from "../ap/response-code.ts";
import type { Result } from "../ap/result.ts";
import type { Mdev } from "../machine/mdev.ts";
import { mdevOf } from "../vfio-ap/guest.ts";
import type { Host } from "../vfio-ap/host.ts";
import { disableInterrupts, enableInterrupts } from "../vfio-ap/interrupts.ts";
import { findMdev } from "../vfio-ap/mdev-life.ts";
import { parseUuid } from "../vfio-ap/uuid.ts";
import type { Answer } from "./answer.ts";
import type { Aqic } from "./operation.ts";

export const plainAnswer = (result: Result<unknown>): Answer => ({ r: result.ok ? 0 : result.errno });

export function mdevOfUuid(host: Host, text: string): Mdev | undefined {
  const uuid = parseUuid(text);
  return uuid && findMdev(host, uuid);
}

/** What a guest does with a device that it must have open. */
export function withOpen(
  host: Host,
  { guest, mdev: uuid }: { readonly guest: string; readonly mdev: string },
  act: (mdev: Mdev) => Answer,
): Answer {
  const mdev = mdevOfUuid(host, uuid);
  if (!mdev || mdev.guest !== host.state.names.numberOf(guest)) return { r: "EBADF" };
  return act(mdev);
}

export function controlInterrupts(host: Host, { guest, q, enable, isc, nib }: Aqic): Answer {
  const mdev = mdevOf(host, host.state.names.numberOf(guest));
  if (!mdev) return { r: "EBADF" };
  const rc = enable ? enableInterrupts(host, mdev, q, { isc, nib }) : disableInterrupts(host, mdev, q);
  return { r: 0, rc: formatResponseCode(rc) };
}
