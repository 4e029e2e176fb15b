// What components show of a moment: worked out once for all of them, and only when the moment has changed.

import { type HostNote, hostNotes, type Trouble, troublesOf } from "../../answers/explain/trouble.ts";
import { type Entry, isUnknownGuest, zeroizedAnywhere } from "../../history/timeline/entry.ts";
import { type GuestChange, guestChanges } from "../../history/timeline/guest-changes.ts";
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { asControlDomain } from "../../system/ap/id.ts";
import { queueCount } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type Board, boardOf, restricted } from "../board/board.ts";
import { guestsInside, type InsideSigns, insideSigns } from "../board/inside-signs.ts";
import { type Question, questionAbout } from "../board/question.ts";
import { shownHost } from "./page.ts";
import { type Reference, state } from "./page-state.ts";
import type { Session } from "./session.ts";

/** An mdev as a chip shows it. */
export interface MdevSummary {
  readonly uuid: string;
  readonly number: number;
  readonly guest: string | undefined;
  readonly isLeaving: boolean;
  /** It is not known whether it has a guest. */
  readonly isUnknown: boolean;
  readonly assigned: number;
  readonly has: number;
}

export interface Moment {
  readonly session: Session;
  readonly index: number;
  readonly entry: Entry;
  readonly board: Board;
  readonly mdevs: readonly MdevSummary[];
  /** Undefined where no guest has a Linux of its own. */
  readonly signs: InsideSigns | undefined;
  /** The machine runs at this moment; false only for guests. */
  readonly runs: boolean;
}

/** What was made last, for as long as it is asked for by the same things. */
function lastMade<T>(): (key: readonly unknown[], make: () => T) => T {
  let last: { readonly key: readonly unknown[]; readonly made: T } | undefined;
  return (key, make) => {
    if (!last || !isSameKey(last.key, key)) last = { key, made: make() };
    return last.made;
  };
}

export const isSameKey = (a: readonly unknown[], b: readonly unknown[]): boolean => a.every((part, n) => part === b[n]);

const momentOf = lastMade<Moment>();
const scopedOf = lastMade<Board>();
const referenceOf = lastMade<Board>();
const troubleAt = lastMade<Overview>();
const questionsOf = lastMade<Map<Apqn, Question>>();

export function shownMoment(): Moment | undefined {
  const { session, index, length, scope, mdev } = state.get();
  const host = shownHost();
  const entry = session?.timeline.entries[index];
  if (!session || !host || !entry) return undefined;
  const { timeline, last } = session;
  // Where only one guest is to be seen, it is what that guest makes of the queues.
  const only = timeline.hasInside && scope === "guest" ? mdev : undefined;
  return momentOf([session, index, length, only], () => {
    const signs = timeline.hasInside ? insideSigns(timeline.lentPlayerAt(index), only) : undefined;
    return {
      session,
      index,
      entry,
      board: boardOf(host.state, (uuid) => timeline.mdevNumber(uuid), timeline.hostAt(last).state, signs),
      mdevs: mdevsOf(host, session, entry),
      signs,
      runs: session.path === "" || timeline.lentPlayerAt(index) !== undefined,
    };
  });
}

/** What the guests with a Linux of their own make of their queues, by the UUID of their mdev. It is lent, as the host is. */
export function shownInside(): ReturnType<typeof guestsInside> {
  const { session, index } = state.get();
  const player = session?.timeline.hasInside ? session.timeline.lentPlayerAt(index) : undefined;
  return player ? guestsInside(player) : [];
}

/** What is wrong at a moment, for whom, and what else should be known. */
export interface Overview {
  readonly troubles: readonly Trouble[];
  readonly notes: readonly HostNote[];
}

export function shownOverview({ session, index }: Moment): Overview {
  return troubleAt([session, index, session.last], () => {
    const host = session.timeline.hostAt(index);
    return { troubles: troublesOf(host), notes: hostNotes(host) };
  });
}

/** The part of the grid that is to be seen: all, what is assigned or in trouble, or the matrix of the mdev that is chosen. */
export function scopedBoard({ session, index, board, signs }: Moment): Board {
  const { scope, mdev } = state.get();
  if (scope === "all") return board;
  return scopedOf([board, scope, mdev], () => {
    const { state: host } = session.timeline.hostAt(index);
    const mdevs = host.listedMdevs().filter((one) => scope === "used" || mdev === undefined || mdevName(one) === mdev);
    if (mdevs.length === 0) return board;
    // What a guest's bus still shows is in its matrix no more, perhaps.
    const stillShown = [...(signs?.stillShown ?? [])];
    const [adapters, domains] = [new Set(stillShown.map(apidOf)), new Set(stillShown.map(apqiOf))];
    return restricted(
      board,
      (apid) => adapters.has(apid) || mdevs.some(({ matrix }) => matrix.apm.has(apid)),
      (apqi) =>
        domains.has(apqi) || mdevs.some(({ matrix }) => matrix.aqm.has(apqi) || matrix.adm.has(asControlDomain(apqi))),
    );
  });
}

/** The moment that the shown one is compared with, in the rows and columns of the shown one; undefined if there is none. */
export function referenceBoard(moment: Moment): Board | undefined {
  const { reference } = state.get();
  if (!reference) return undefined;
  const shown = scopedBoard(moment);
  return referenceOf([reference, shown], () => {
    const { timeline } = reference.session;
    // A copy: what is lent of one moment is no more when another is asked for.
    const player = timeline.playerAt(reference.index);
    const host = (player?.host ?? timeline.hostAt(reference.index)).state;
    const alsoShow = moment.session.timeline.hostAt(moment.index).state;
    const all = boardOf(host, (uuid) => timeline.mdevNumber(uuid), alsoShow, insideSigns(player));
    const [adapters, domains] = [new Set(shown.adapters), new Set(shown.domains)];
    return restricted(
      all,
      (apid) => adapters.has(apid),
      (apqi) => domains.has(apqi),
    );
  });
}

/** What has a ring in the grid. */
export interface Marks {
  readonly gained: readonly Apqn[];
  readonly lost: readonly Apqn[];
  readonly zeroized: readonly Apqn[];
}

const marksOf = lastMade<Marks>();

/** What the step has changed; or what is different from the moment that it is compared with. */
export function shownMarks({ session, index, entry }: Moment): Marks {
  const { reference } = state.get();
  return marksOf([session, index, session.last, reference], () => {
    const { given } = entry;
    const changes = reference
      ? differences(reference, { session, index })
      : [...(given?.run === "went on" ? [given] : []), ...entry.guests];
    return {
      // A guest that starts has gained nothing that somebody has to look for.
      gained: changes.flatMap(({ run, gained }) => (run === "started" && !reference ? [] : gained)),
      lost: changes.flatMap(({ lost }) => lost),
      zeroized: reference ? [] : zeroizedAnywhere(entry),
    };
  });
}

/** What guests have gained and lost from one moment to another, maybe of another history. */
export function differences(before: Reference, after: Reference): readonly GuestChange[] {
  const guests = ({ session, index }: Reference) => runningGuests(session.timeline.hostAt(index));
  return guestChanges(guests(before), guests(after));
}

/** Why this queue is in its state at the moment that is shown, for the mdev that questions are about. */
export function shownQuestion(apqn: Apqn): Question | undefined {
  const { session, index, length, mdev } = state.get();
  const host = shownHost();
  if (!session || !host) return undefined;
  const questions = questionsOf([session, index, length, mdev], () => new Map());
  const question = questions.get(apqn) ?? questionAbout(host, apqn, mdev, (one) => mdevLabel(host, session, one));
  questions.set(apqn, question);
  return question;
}

function mdevsOf({ state: host }: Host, { timeline }: Session, { unknown }: Entry): readonly MdevSummary[] {
  return host
    .listedMdevs()
    .map((mdev) => {
      const uuid = mdevName(mdev);
      const { matrix, guestMasks, shadow } = mdev;
      const view = mdev.isAttached ? guestMasks : shadow;
      return {
        uuid,
        number: timeline.mdevNumber(uuid),
        guest: mdev.guest === undefined ? undefined : host.names.nameOf(mdev.guest),
        isLeaving: mdev.isBeingRemoved,
        isUnknown: isUnknownGuest(uuid, unknown),
        assigned: queueCount(matrix),
        has: queueCount(view),
      };
    })
    .sort((a, b) => a.number - b.number);
}

/** `m1 (guest alpha)`. */
function mdevLabel(host: Host, session: Session, mdev: Mdev): string {
  const uuid = mdevName(mdev);
  const name = `m${session.timeline.mdevNumber(uuid)}`;
  if (mdev.guest === undefined) return name;
  const guest = host.state.names.nameOf(mdev.guest);
  // On a real host guests have no names and are named after their mdevs.
  return guest === uuid ? `${name} (a guest runs)` : `${name} (guest ${guest})`;
}

/** On a real host guests are named after their mdevs, and it is not always known whether there is one. */
export function guestLabel({ guest, uuid, isUnknown }: MdevSummary): string {
  if (isUnknown) return `${uuid.slice(0, 8)}, guest not known`;
  return guest === uuid ? `guest of ${uuid.slice(0, 8)}` : (guest ?? `${uuid.slice(0, 8)}, no guest`);
}
