// Which running guests lose queues by writes that help somebody else: nobody carries out a fix without knowing that.

import { queueCount } from "../../system/ap/product.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { losesBy } from "./gentle-order.ts";
import type { WhatIf } from "./what-if.ts";

/** A running guest, and how many of its queues it lacks after at least one of the writes. */
export interface Loser {
  readonly uuid: string;
  readonly guest: string;
  readonly before: number;
  readonly lost: number;
}

/** Only what is written to an mdev, or unbinds, can take something from a guest. */
const canTake = ([path]: Write): boolean => path.includes("/vfio_ap/matrix/") || path.endsWith("/unbind");

/**
 * @param whatIf it is changed
 * @param own the mdev that gains, which is not looked at
 */
export function losersOf(whatIf: WhatIf, writes: readonly Write[], own?: string): readonly Loser[] {
  if (!writes.some(canTake)) return [];
  const { state } = whatIf.original;
  return state.listedMdevs().flatMap((mdev): readonly Loser[] => {
    const uuid = mdevName(mdev);
    if (uuid === own || !mdev.isAttached) return [];
    const lost = losesBy(whatIf, uuid, writes).length;
    const guest = mdev.guest === undefined ? uuid : state.names.nameOf(mdev.guest);
    return lost === 0 ? [] : [{ uuid, guest, before: queueCount(mdev.guestMasks), lost }];
  });
}

/** Such as `web loses 2 of 3`. */
export const loserText = ({ guest, before, lost }: Loser): string => `${shortened(guest)} loses ${lost} of ${before}`;
