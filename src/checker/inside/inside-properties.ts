// What the model "inside" looks for: sentences about what guests have, and what their own buses show.
import { apqnOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { hasQueue, type Product, productContains, queuesOf } from "../../system/ap/product.ts";
import type { Player } from "../../system/trace/player.ts";
import type { ModelProperty } from "../model.ts";
import { range } from "../number-names.ts";
import type { InsideEvent } from "./inside-events.ts";

/** A guest of the host's, or of a guest's. */
export interface Guest {
  readonly path: string;
  readonly player: Player;
  /** What each host on the way gave last, the outermost first, its own last. */
  readonly given: readonly Product[];
}

/** The host and its guests, as they are after an event. */
export interface Insides {
  readonly guests: readonly Guest[];
  /** Undefined for a property of states. */
  readonly event: InsideEvent | undefined;
}

export interface InsideProperty extends ModelProperty {
  readonly holds: (now: Insides) => boolean;
}

/** All guests that run, outer ones before inner ones. */
export function guestsOf(player: Player, path = "", given: readonly Product[] = []): readonly Guest[] {
  return player.host.state.listedMdevs().flatMap(({ guest, guestMasks }) => {
    const name = guest === undefined ? undefined : player.host.state.names.nameOf(guest);
    const its = name === undefined ? undefined : player.guestPlayer(name);
    if (!its) return [];
    const where = path === "" ? `${name}` : `${path}/${name}`;
    const all = [...given, guestMasks];
    return [{ path: where, player: its, given: all }, ...guestsOf(its, where, all)];
  });
}

const queues = ({ layout }: Player["host"]["state"]) =>
  range(layout.adapters).flatMap((a) => range(layout.domains).map((d) => apqnOf(asApid(a), asApqi(d))));

/** What all masks on the way have in common. */
const usable = ({ given }: Guest, apqn: ReturnType<typeof apqnOf>): boolean =>
  given.every((product) => hasQueue(product, apqn));

const showsWhatItHas = (guest: Guest): boolean => {
  const { state } = guest.player.host;
  return queues(state).every((apqn) => state.devices.has(apqn) === usable(guest, apqn));
};

/** A scan is about this guest, or the property says nothing of it. */
const scanned = ({ guests, event }: Insides): readonly Guest[] => guests.filter(({ path }) => path === event?.scans);

/** Guests of this guest's, of any depth. */
const within = (guests: readonly Guest[], { path }: Guest): readonly Guest[] =>
  guests.filter((inner) => inner.path.startsWith(`${path}/`));

const isRelated = (a: Guest, b: Guest): boolean =>
  a.path === b.path || a.path.startsWith(`${b.path}/`) || b.path.startsWith(`${a.path}/`);

/** No two guests, none of them in the other, have something. */
const inOneGuest = (guests: readonly Guest[], has: (guest: Guest, apqn: ReturnType<typeof apqnOf>) => boolean) =>
  guests.every((a, n) =>
    guests
      .slice(n + 1)
      .every((b) => isRelated(a, b) || !queues(a.player.host.state).some((apqn) => has(a, apqn) && has(b, apqn))),
  );

const always = (
  on: InsideProperty["on"],
  name: string,
  sentence: string,
  holds: InsideProperty["holds"],
): InsideProperty => ({ name, sentence, kind: "always", on, holds });

export const INSIDE_PROPERTIES: readonly InsideProperty[] = [
  always("event", "shows-given", "what a guest's bus shows is what it was given, once it has scanned", (now) =>
    scanned(now).every(showsWhatItHas),
  ),
  always("state", "inner-uses", "what a guest's guest can use is what the masks of both hold, at once", ({ guests }) =>
    guests.every(({ player, given }) => {
      const { answering } = player.host.state;
      return queues(player.host.state).every(
        (apqn) => hasQueue(answering, apqn) === given.every((product) => hasQueue(product, apqn)),
      );
    }),
  ),
  always("event", "inner-within", "when a guest has scanned, the masks of its guest lie within its own", (now) =>
    scanned(now).every((guest) =>
      within(now.guests, guest).every(({ given }) => productContains(must(guest.given.at(-1)), must(given.at(-1)))),
    ),
  ),
  always("state", "one-answers", "no queue answers in two guests of which none is in the other", ({ guests }) =>
    inOneGuest(guests, ({ player }, apqn) => hasQueue(player.host.state.answering, apqn)),
  ),
  always("state", "goes-first", "a guest's bus no longer shows a queue when another guest's shows it", ({ guests }) =>
    inOneGuest(guests, ({ player }, apqn) => player.host.state.devices.has(apqn)),
  ),
  {
    name: "lags",
    sentence: "a guest's bus shows something else than the guest has",
    kind: "sometimes",
    on: "state",
    holds: ({ guests }) => !guests.every(showsWhatItHas),
  },
  {
    name: "inner-full",
    sentence: "a guest's guest has a queue that all its hosts give",
    kind: "sometimes",
    on: "state",
    holds: ({ guests }) =>
      guests.some(({ path, player }) => path.includes("/") && queuesOf(player.host.state.answering).length > 0),
  },
];
