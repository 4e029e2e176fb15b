// What guests gained and lost from one moment to the next: the part of a history that matters most.

import type { Apqn } from "../../system/ap/apqn.ts";
import { hasQueue, queuesOf } from "../../system/ap/product.ts";
import type { RunningGuest } from "../../system/sysfs/running-guests.ts";

/** Running guests by the UUID of their mdev. */
export type Guests = ReadonlyMap<string, RunningGuest>;

export interface GuestChange {
  /** UUID of the mdev. */
  readonly mdev: string;
  readonly guest: string;
  readonly run: "started" | "stopped" | "went on";
  /** Queues, ascending. */
  readonly gained: readonly Apqn[];
  readonly lost: readonly Apqn[];
  /** Control domains that came or went. */
  readonly controlsChanged: boolean;
}

/** One change for each guest that has other masks than before, or that came or went. */
export function guestChanges(before: Guests, after: Guests): readonly GuestChange[] {
  const changes: GuestChange[] = [];
  for (const [mdev, now] of after) {
    const was = before.get(mdev);
    const isSame = was?.apm.equals(now.apm) && was.aqm.equals(now.aqm);
    const controlsChanged = !was?.adm.equals(now.adm);
    if (was && isSame && !controlsChanged) continue;
    changes.push({
      mdev,
      guest: now.name,
      run: was ? "went on" : "started",
      gained: isSame ? [] : queuesWithout(now, was),
      lost: isSame || !was ? [] : queuesWithout(was, now),
      controlsChanged,
    });
  }
  for (const [mdev, was] of before) {
    if (after.has(mdev)) continue;
    const lost = queuesWithout(was, undefined);
    changes.push({ mdev, guest: was.name, run: "stopped", gained: [], lost, controlsChanged: false });
  }
  return changes;
}

/** The queues of one guest without those of the other. */
const queuesWithout = (guest: RunningGuest, other: RunningGuest | undefined): readonly Apqn[] =>
  queuesOf(guest).filter((apqn) => !other || !hasQueue(other, apqn));
