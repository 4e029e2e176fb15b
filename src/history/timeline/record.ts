// A history as evidence: one line an event, with who lost and gained what, what was zeroized and by which rule; and what became of each
// queue, from its first change to its last.
import { type Apqn, apidOf, formatApqn } from "../../system/ap/apqn.ts";
import { plain, shortened } from "../../system/ap/quoted.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { isLook } from "../../system/trace/operation.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Entry } from "./entry.ts";
import type { Timeline } from "./timeline.ts";

/** Why a queue was zeroized: in words, and where docs/rules.md has the rule. */
export interface ZeroizeReason {
  readonly words: string;
  readonly rule: string;
}

export interface GuestEvent {
  readonly guest: string;
  readonly mdev: string;
  readonly run: "started" | "stopped" | "went on";
  readonly gained: readonly Apqn[];
  readonly lost: readonly Apqn[];
}

/** What a queue belongs to. */
export interface QueuePlace {
  /** "vfio_ap", another driver of the host, "none", or "no device". */
  readonly driver: string;
  /** UUID of the mdev that it is assigned to. */
  readonly mdev: string | undefined;
}

export interface RecordedEvent {
  readonly i: number;
  /** Milliseconds since 1970; undefined where nobody knows. */
  readonly at: number | undefined;
  readonly words: string;
  /** Name of an error, "blocked", or undefined: it was done. */
  readonly answer: string | undefined;
  readonly guests: readonly GuestEvent[];
  readonly zeroized: readonly { readonly queue: Apqn; readonly why: ZeroizeReason }[];
  /** Queues that belong to something else than before. */
  readonly moved: readonly { readonly queue: Apqn; readonly from: QueuePlace; readonly to: QueuePlace }[];
}

/** Reads a timeline from its beginning, as far as it goes. */
export class HistoryRecord {
  readonly #timeline: Timeline;
  #next = 0;
  #places: ReadonlyMap<Apqn, QueuePlace> = new Map();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** The events since the last call. What only looks is none. */
  events(): readonly RecordedEvent[] {
    const events: RecordedEvent[] = [];
    for (; this.#next < this.#timeline.entries.length; this.#next++) {
      const entry = this.#timeline.entries[this.#next] as Entry;
      if (entry.operation && isLook(entry.operation)) continue;
      events.push(this.#event(entry, this.#timeline.hostAt(this.#next)));
    }
    return events;
  }

  #event(entry: Entry, host: Host): RecordedEvent {
    const [before, after] = [this.#places, placesOf(host)];
    const isFirst = this.#next === 0;
    this.#places = after;
    const { i, seenAt: at, words, answer, guests, resets } = entry;
    return {
      i,
      at,
      words,
      answer: typeof answer?.r === "string" ? answer.r : undefined,
      guests: guests.map(({ guest, mdev, run, gained, lost }) => ({ guest, mdev, run, gained, lost })),
      zeroized: resets.map(({ apqn, by }) => ({ queue: apqn, why: reasonOf(entry, apqn, by, after) })),
      moved: isFirst ? [] : movesBetween(before, after),
    };
  }
}

const GONE: QueuePlace = { driver: "no device", mdev: undefined };

function placesOf({ state }: Host): ReadonlyMap<Apqn, QueuePlace> {
  const places = new Map<Apqn, QueuePlace>();
  for (const apqn of state.devices.queues()) {
    const mdev = state.ownerOf(apqn);
    const driver = state.vfioBound.has(apqn) ? "vfio_ap" : state.cexBound.has(apqn) ? "the host" : "none";
    places.set(apqn, { driver, mdev: mdev && mdevName(mdev) });
  }
  return places;
}

function movesBetween(
  before: ReadonlyMap<Apqn, QueuePlace>,
  after: ReadonlyMap<Apqn, QueuePlace>,
): RecordedEvent["moved"] {
  const queues = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return queues.flatMap((queue) => {
    const [from, to] = [before.get(queue) ?? GONE, after.get(queue) ?? GONE];
    return from.driver === to.driver && from.mdev === to.mdev ? [] : [{ queue, from, to }];
  });
}

const RULES = {
  bus: { words: "the AP bus resets it", rule: "§15.3 bus" },
  stop: { words: "its guest stopped", rule: "§11.2 detach" },
  reset: { words: "its guest reset the device", rule: "§11.3" },
  removed: { words: "its mdev was removed", rule: "§11.4 free" },
  left: { words: "it left vfio_ap", rule: "§8 unplugged" },
  unassigned: { words: "it was unplugged, because it was unassigned", rule: "§5 reset" },
  assigned: { words: "its domain was added", rule: "§3.3 new domain" },
  filtered: { words: "its adapter was held back", rule: "§3.3 reset" },
} as const;

/** A queue that a guest has takes its adapter along. */
const PLUGGED = "§8 plugged";

function reasonOf(
  entry: Entry,
  apqn: Apqn,
  by: "vfio_ap" | "bus",
  after: ReadonlyMap<Apqn, QueuePlace>,
): ZeroizeReason {
  const { operation, filteredBy } = entry;
  if (by === "bus") return RULES.bus;
  if (operation?.op === "close") return RULES.stop;
  if (operation?.op === "reset") return RULES.reset;
  const path = operation?.op === "write" ? operation.path : "";
  if (path.endsWith("/remove")) return RULES.removed;
  const because = filteredBy.filter((other) => apidOf(other) === apidOf(apqn)).map(formatApqn);
  const place = after.get(apqn) ?? GONE;
  if (place.driver !== "vfio_ap")
    return entry.guests.some(({ lost }) => lost.includes(apqn)) ? { ...RULES.left, rule: PLUGGED } : RULES.left;
  if (because.length > 0)
    return {
      words: `${RULES.filtered.words} because of ${because.join(" ")}`,
      rule: path.endsWith("/unbind") ? PLUGGED : RULES.filtered.rule,
    };
  if (/\/unassign_|\/ap_config$/.test(path)) return RULES.unassigned;
  return /\/assign_domain$/.test(path) ? RULES.assigned : RULES.filtered;
}

/** How an mdev is called. */
export type MdevName = (uuid: string) => string;

const queues = (list: readonly Apqn[]): string => list.map(formatApqn).join(" ");

/** When an event was, for people: its number, or a time. */
export type When = (event: RecordedEvent) => string;

/** What is done to a host can fill a page of /sys. */
const LONGEST_WORDS = 4096;

/** One line; mdevs are called by their numbers. */
export function eventLine(event: RecordedEvent, when: When): string {
  const { words, answer, guests, zeroized } = event;
  const parts = guests.map(({ guest, run, gained, lost }) => {
    const changes = [
      ...(run === "went on" ? [] : [run]),
      ...(lost.length > 0 ? [`lost ${queues(lost)}`] : []),
      ...(gained.length > 0 ? [`gained ${queues(gained)}`] : []),
    ];
    return `guest ${shortened(guest)} ${changes.join(", ") || "has other control domains"}`;
  });
  const reasons = new Map<string, Apqn[]>();
  for (const { queue, why } of zeroized) {
    const text = `${why.words}, rule ${why.rule}`;
    reasons.set(text, [...(reasons.get(text) ?? []), queue]);
  }
  for (const [why, list] of reasons) parts.push(`zeroized ${queues(list)} (${why})`);
  const outcome = answer === undefined ? "" : answer === "blocked" ? "  waits for its guest" : `  refused: ${answer}`;
  return `${when(event)}  ${plain(words, LONGEST_WORDS)}${outcome}${parts.length > 0 ? `; ${parts.join("; ")}` : ""}`;
}

/** A line for each queue that went from one owner to another, such as "05.0047: left m2 at 3, zeroized at 3, assigned to m3 at 7". */
export function fateLines(events: readonly RecordedEvent[], nameOf: MdevName, when: When): readonly string[] {
  const fates = new Map<Apqn, string[]>();
  const say = (queue: Apqn, text: string): void => void fates.set(queue, [...(fates.get(queue) ?? []), text]);
  for (const event of events) {
    const moment = when(event);
    for (const { queue, from, to } of event.moved) {
      if (from.mdev !== undefined && from.mdev !== to.mdev) say(queue, `left ${nameOf(from.mdev)} at ${moment}`);
    }
    for (const { queue } of event.zeroized) say(queue, `zeroized at ${moment}`);
    for (const { queue, from, to } of event.moved) {
      if (from.driver !== to.driver) say(queue, `${boundTo(to.driver)} at ${moment}`);
      if (to.mdev !== undefined && from.mdev !== to.mdev) say(queue, `assigned to ${nameOf(to.mdev)} at ${moment}`);
    }
  }
  const ascending = [...fates].sort(([a], [b]) => a - b);
  return ascending.map(([queue, texts]) => `${formatApqn(queue)}: ${texts.join(", ")}`);
}

const boundTo = (driver: string): string =>
  driver === "no device" ? "gone from the host" : driver === "none" ? "bound to no driver" : `bound to ${driver}`;

/** The same for programs: mdevs by UUID, queues as text. */
export function eventToJson({ i, at, words, answer, guests, zeroized, moved }: RecordedEvent): object {
  const place = ({ driver, mdev }: QueuePlace) => ({ driver, mdev: mdev ?? null });
  return {
    i,
    at: at ?? null,
    event: words,
    answer: answer ?? null,
    guests: guests.map((g) => ({ ...g, gained: g.gained.map(formatApqn), lost: g.lost.map(formatApqn) })),
    zeroized: zeroized.map(({ queue, why }) => ({ queue: formatApqn(queue), because: why.words, rule: why.rule })),
    moved: moved.map(({ queue, from, to }) => ({ queue: formatApqn(queue), from: place(from), to: place(to) })),
  };
}
