// A part of the story once more, seen from inside a guest that has a Linux of its own: what its host gives it, and what its bus shows.
import { formatApqn } from "../system/ap/apqn.ts";
import { DEFAULT_GUEST, type GuestsMade } from "../system/trace/guest-made.ts";
import type { Operation } from "../system/trace/operation.ts";
import { Player } from "../system/trace/player.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { storyLines, whatGuestsSee } from "./tour.ts";
import { INSIDE } from "./tour-script.ts";

export interface InsideLine {
  readonly text: string;
  /** In the words of guest_matrix. */
  readonly given: string;
  /** The queues that the guest's bus shows. */
  readonly shown: string;
}

/** @param boot the operations that bring up the host of the story */
export function tellInside(boot: readonly Operation[], profile: Profile): readonly InsideLine[] {
  const { guest, chapter: told } = INSIDE;
  const made: GuestsMade = new Map([[guest, { ...DEFAULT_GUEST, notice: "scan" }]]);
  const player = new Player(profile);
  let i = 0;
  const carryOut = (operation: Operation): unknown =>
    player.apply(operation.op === "init" ? { ...operation, guests: made } : operation, ++i);
  for (const operation of boot) carryOut(operation);
  const seen = (text: string): InsideLine => ({
    text,
    given: whatGuestsSee(player.host).get(guest) ?? "",
    shown: (player.guestPlayer(guest)?.host.state.devices.queues() ?? []).map(formatApqn).join(" "),
  });
  return storyLines().flatMap(({ chapter, text, operations }) => {
    if (chapter > told) return [];
    for (const operation of operations) carryOut(operation);
    if (chapter < told) return [];
    const before = seen(text);
    carryOut({ op: "scan", part: "all", in: guest });
    return [before, seen(`in ${guest}: scan`)];
  });
}
