// What operations would do to running guests, tried on a copy of a moment.
import type { Apqn } from "../../system/ap/apqn.ts";
import { queueCount } from "../../system/ap/product.ts";
import { type RunningGuest, runningGuests } from "../../system/sysfs/running-guests.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Player } from "../../system/trace/player.ts";
import { changesAnywhere, zeroizedAnywhere } from "./entry.ts";
import type { Timeline } from "./timeline.ts";

/** A guest that goes on and loses queues; the numbers are of queues. */
export interface Hurt {
  readonly uuid: string;
  /** Its name; of a guest of a guest, with its hosts before slashes. */
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

/** On the host, and inside guests that have guests. */
export function foretell(timeline: Timeline, index: number, operations: readonly Operation[]): Foretold {
  const trial = timeline.branch(index);
  const before = guestsAnywhere(trial.lentPlayerAt(index));
  const entries = operations.map((operation) => trial.append(operation));
  const after = guestsAnywhere(trial.lentPlayerAt(trial.entries.length - 1));
  const changes = entries.flatMap((entry) => changesAnywhere(entry)).filter(({ run }) => run === "went on");
  const hurts = [...before].flatMap(([key, { uuid, path, guest }]): readonly Hurt[] => {
    const own = changes.filter((change) => change.mdev === uuid && change.guest === path);
    const lost = [...new Set(own.flatMap((change) => change.lost))].sort((a, b) => a - b);
    const left = after.get(key)?.guest;
    if (lost.length === 0) return [];
    return [{ uuid, guest: path, before: queueCount(guest), after: left ? queueCount(left) : 0, lost }];
  });
  return {
    hurts,
    zeroized: [...new Set(entries.flatMap(zeroizedAnywhere))],
    waits: entries.some(({ answer }) => answer?.r === "blocked"),
  };
}

interface Running {
  readonly uuid: string;
  /** Its name, with its hosts before slashes. */
  readonly path: string;
  readonly guest: RunningGuest;
}

/** By their names and mdevs. */
function guestsAnywhere(player: Player): ReadonlyMap<string, Running> {
  const all = new Map<string, Running>();
  for (const path of ["", ...player.guestPaths()]) {
    const host = path === "" ? player.host : player.guestPlayer(path)?.host;
    for (const [uuid, guest] of host ? runningGuests(host) : []) {
      const own = path === "" ? guest.name : `${path}/${guest.name}`;
      all.set(`${own} ${uuid}`, { uuid, path: own, guest });
    }
  }
  return all;
}
