// A plan as its guests see it: what each step gives a guest or takes from it, when the guest's own Linux notices, and what its bus shows
// until then. The steps are done on a copy in which no bus scans of its own accord, so nothing is noticed earlier than it must be.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { queuesOf } from "../../system/ap/product.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Notice } from "../../system/trace/guest-made.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { allInside, type GuestInside } from "./guest-inside.ts";

/** What a step does to a guest, or to a guest of a guest. */
export interface GuestStep {
  /** Counted from 1; undefined: it comes of the scans after the last step. */
  readonly step: number | undefined;
  /** The guest's name, with its hosts before slashes. */
  readonly guest: string;
  readonly gets: readonly Apqn[];
  readonly loses: readonly Apqn[];
  readonly notice: Notice;
  /** Seconds until its bus shows it, at the latest; 0: at once. */
  readonly within: number;
  /** What its bus shows until then. */
  readonly shows: readonly Apqn[];
}

export interface GuestSide {
  /** The source knows the guests' Linuxes; otherwise each guest is taken to have one that boots before the first step. */
  readonly isKnown: boolean;
  readonly steps: readonly GuestStep[];
}

/**
 * @param host left alone
 * @param inside the same host with the insides of its guests, if the source has them; left alone, too
 */
export function guestSide(
  host: Host,
  inside: Player | undefined,
  steps: readonly { readonly path: string; readonly value: string }[],
): GuestSide {
  const player = copyWithGuests(host, inside);
  const told: GuestStep[] = [];
  let before = havingOf(player);
  const look = (step: number | undefined): void => {
    const guests = allInside(player);
    const now = havingOf(player);
    for (const guest of guests) told.push(...changeOf(guest, { step, before, now, guests }));
    before = now;
  };
  for (const [at, { path, value }] of steps.entries()) {
    player.apply({ op: "write", path, value }, at + 1);
    look(at + 1);
  }
  // Outer buses first: what comes to a guest of a guest comes when its host has noticed.
  for (const { path } of allInside(player)) player.apply({ op: "scan", part: "all", in: path }, steps.length + 1);
  look(undefined);
  return { isKnown: inside !== undefined, steps: told };
}

function copyWithGuests(host: Host, inside: Player | undefined): Player {
  if (inside) {
    const copy = new Player(inside.profile);
    copy.restore(inside.save());
    return copy;
  }
  const copy = new Player(host.profile, undefined, host);
  copy.giveGuestsLinux(new Map());
  return copy;
}

type Having = ReadonlyMap<string, readonly Apqn[]>;

/** What each guest can use, by its path. */
const havingOf = (player: Player): Having =>
  new Map(allInside(player).map((guest) => [guest.path, queuesOf(guest.player.host.state.answering)]));

interface Look {
  readonly step: number | undefined;
  readonly before: Having;
  readonly now: Having;
  readonly guests: readonly GuestInside[];
}

function changeOf(guest: GuestInside, { step, before, now, guests }: Look): readonly GuestStep[] {
  const [had = [], has = []] = [before.get(guest.path), now.get(guest.path)];
  const [earlier, later] = [new Set(had), new Set(has)];
  const gets = has.filter((apqn) => !earlier.has(apqn));
  const loses = had.filter((apqn) => !later.has(apqn));
  if (gets.length + loses.length === 0) return [];
  const shows = guest.player.host.state.devices.queues();
  const shown = new Set(shows);
  // Its machine has lost a queue at once, whatever its host has noticed.
  const within = gets.length === 0 ? guest.configTime : latest(guests, guest);
  const isShown = gets.every((apqn) => shown.has(apqn)) && !loses.some((apqn) => shown.has(apqn));
  return [{ step, guest: guest.path, gets, loses, notice: guest.notice, within: isShown ? 0 : within, shows }];
}

/** A guest of a guest may have to wait until its host has noticed. */
function latest(guests: readonly GuestInside[], { path, notice, configTime }: GuestInside): number {
  const outer = guests.find((one) => one.path === path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  return (notice === "at-once" && !outer ? 0 : configTime) + (outer ? latest(guests, outer) : 0);
}

const names = (queues: readonly Apqn[]): string => queues.map(formatApqn).join(" ");

export function guestSideLines({ isKnown, steps }: GuestSide): readonly string[] {
  const whose = isKnown ? "" : ", if each has a Linux of its own";
  if (steps.length === 0) return [`Inside guests${whose}: nothing comes and nothing goes.`];
  return [`Inside guests${whose}:`, ...steps.map(stepLine)];
}

function stepLine({ step, guest, gets, loses, within, shows, notice }: GuestStep): string {
  const changes = [
    ...(gets.length > 0 ? [`gets ${names(gets)}`] : []),
    ...(loses.length > 0 ? [`loses ${names(loses)}`] : []),
  ].join(" and ");
  const when = step === undefined ? "when its host has scanned" : `step ${step}`;
  const until = `, until then its bus shows ${names(shows) || "nothing"}`;
  const noticed =
    within > 0
      ? `it notices within ${within} s${until}`
      : notice === "at-once"
        ? "it is told at once, and scans"
        : "its bus shows it already";
  return `${when}: ${shortened(guest)} ${changes}; ${noticed}`;
}

export interface GuestStepJson {
  /** Counted from 1; null: it comes of scans after the last step. */
  readonly step: number | null;
  readonly guest: string;
  readonly gets: readonly string[];
  readonly loses: readonly string[];
  readonly notice: Notice;
  /** Seconds, at the latest; 0: at once. */
  readonly within: number;
  readonly shows: readonly string[];
}

/** The member `guest_side` of a plan's JSON. */
export const guestSideToJson = ({ isKnown, steps }: GuestSide) => ({
  known: isKnown,
  steps: steps.map(
    ({ step, guest, gets, loses, notice, within, shows }): GuestStepJson => ({
      step: step ?? null,
      guest,
      gets: gets.map(formatApqn),
      loses: loses.map(formatApqn),
      notice,
      within,
      shows: shows.map(formatApqn),
    }),
  ),
});
