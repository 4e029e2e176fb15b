// Guests whose own bus does not show what they have: for status. Only where the insides of guests are known.
import { formatApqn } from "../../system/ap/apqn.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Player } from "../../system/trace/player.ts";
import { allInside } from "./guest-inside.ts";

/** One line for each guest that has not noticed something. */
export const notNoticedLines = (player: Player | undefined): readonly string[] =>
  waiting(player).map(
    ({ guest, queues, config_time }) =>
      `Guest ${shortened(guest)} has not noticed yet what became of ${queues.join(" ")}: it scans every ${config_time} s.`,
  );

/** The member `not_noticed` of status's JSON; left out where nothing is known of the insides of guests. */
export const notNoticedToJson = (player: Player | undefined) => (player ? { not_noticed: waiting(player) } : {});

const waiting = (player: Player | undefined) =>
  (player ? allInside(player) : []).flatMap((guest) => {
    const queues = guest.notNoticed().map(formatApqn);
    return queues.length === 0
      ? []
      : [{ guest: guest.path, queues, notice: guest.notice, config_time: guest.configTime }];
  });
