// What guests with a Linux of their own make of the queues of a host, for its grid: of those that they were given, and of those that
// their buses still show and that they have no more.
import { type GuestInside, type InsideState, insideOf } from "../../answers/inside/guest-inside.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import { queuesOf } from "../../system/ap/product.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Player } from "../../system/trace/player.ts";

export interface InsideSigns {
  /** By queue, for the guest that has it. */
  readonly given: ReadonlyMap<Apqn, InsideState>;
  /** Queues that the bus of some guest shows and that this guest has no more. */
  readonly stillShown: ReadonlySet<Apqn>;
}

/** The guests of a host that run and have a Linux, each with the UUID of its mdev; newest mdev first. */
export function guestsInside(player: Player): readonly { readonly uuid: string; readonly guest: GuestInside }[] {
  return player.host.state.listedMdevs().flatMap((mdev) => {
    const guest = insideOf(player, mdev);
    return guest ? [{ uuid: mdevName(mdev), guest }] : [];
  });
}

/**
 * @param player of the host; undefined: it does not run
 * @param only the UUID of an mdev: its guest alone is asked
 * @returns undefined if no guest has a Linux
 */
export function insideSigns(player: Player | undefined, only?: string): InsideSigns | undefined {
  if (!player?.hasInside) return undefined;
  const given = new Map<Apqn, InsideState>();
  const stillShown = new Set<Apqn>();
  for (const { uuid, guest } of guestsInside(player)) {
    if (only !== undefined && uuid !== only) continue;
    for (const apqn of queuesOf(guest.player.host.state.machine)) {
      const state = guest.of(apqn)?.state;
      if (state) given.set(apqn, state);
    }
    for (const apqn of guest.stillShown()) stillShown.add(apqn);
  }
  return { given, stillShown };
}
