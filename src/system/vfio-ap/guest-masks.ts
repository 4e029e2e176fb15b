// Writing the masks that a guest runs with: always a full copy, atomic for the guest. docs/kernel/architecture.md §5,
// docs/kernel/hotplug.md §2.

import { clearMatrix, setMatrix } from "../ap/matrix.ts";
import { tell } from "../bus/ap-bus.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";

/** IRQ indexes of the VFIO device. */
export const REQUEST_IRQ = 0;
export const CONFIG_CHANGE_IRQ = 1;

/** Tell the guest's process, if it asked to be told and the kernel can. */
export function signal(host: Host, mdev: Mdev, index: 0 | 1): void {
  if (host.observer && index < host.profile.irqs && mdev.hasEventfd(index)) {
    tell(host, { kind: "eventfd-signalled", mdev: mdev.index, index });
  }
}

/** The guest gets what the shadow says. Nothing happens without a guest. */
export function updateGuest(host: Host, mdev: Mdev): void {
  if (!mdev.isAttached) return;
  setMatrix(mdev.guestMasks, mdev.shadow);
  if (host.observer) tell(host, { kind: "guest-masks", mdev: mdev.index, cleared: false });
  signal(host, mdev, CONFIG_CHANGE_IRQ);
}

/** The guest loses everything; its shadow stays. */
export function clearGuest(host: Host, mdev: Mdev): void {
  clearMatrix(mdev.guestMasks);
  if (host.observer) tell(host, { kind: "guest-masks", mdev: mdev.index, cleared: true });
}
