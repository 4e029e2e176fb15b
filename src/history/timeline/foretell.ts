// What operations would do to running guests, tried on a copy of a moment.
import type { Apqn } from "../../system/ap/apqn.ts";
import { queueCount } from "../../system/ap/product.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Timeline } from "./timeline.ts";

/** A guest that goes on and loses queues; the numbers are of queues. */
export interface Hurt {
  readonly uuid: string;
  readonly guest: string;
  readonly before: number;
  readonly after: number;
  /** Taken from it, for a time or for good, ascending. */
  readonly lost: readonly Apqn[];
}

export interface Foretold {
  readonly hurts: readonly Hurt[];
  readonly zeroized: readonly Apqn[];
  /** An mdev is to be removed that its guest has open: its queues are zeroized when the guest lets go. */
  readonly waits: boolean;
}

export function foretell(timeline: Timeline, index: number, operations: readonly Operation[]): Foretold {
  const trial = timeline.branch(index);
  const before = runningGuests(trial.hostAt(index));
  const entries = operations.map((operation) => trial.append(operation));
  const after = runningGuests(trial.hostAt(trial.entries.length - 1));
  const hurts = [...before].flatMap(([uuid, guest]): readonly Hurt[] => {
    const changes = entries.flatMap(({ guests }) =>
      guests.filter(({ mdev, run }) => mdev === uuid && run === "went on"),
    );
    const lost = [...new Set(changes.flatMap((change) => change.lost))].sort((a, b) => a - b);
    const left = after.get(uuid);
    if (lost.length === 0) return [];
    return [{ uuid, guest: guest.name, before: queueCount(guest), after: left ? queueCount(left) : 0, lost }];
  });
  return {
    hurts,
    zeroized: [...new Set(entries.flatMap(({ zeroized }) => zeroized))],
    waits: entries.some(({ answer }) => answer?.r === "blocked"),
  };
}
