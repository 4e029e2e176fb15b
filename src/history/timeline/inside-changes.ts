// What each entry of a history does inside guests that have a Linux of their own: to the guests that they have, and to their queues. A
// host whose guests have none keeps nothing here.
import type { Apqn } from "../../system/ap/apqn.ts";
import { RC } from "../../system/ap/response-code.ts";
import type { Happening } from "../../system/machine/happening.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Player } from "../../system/trace/player.ts";
import { type GuestChange, type Guests, guestChanges } from "./guest-changes.ts";
import { MdevNumbers } from "./mdev-numbers.ts";

/** What an entry did inside one guest. */
export interface InsideChange {
  /** The guest's name, with its hosts before slashes; "" is the guest itself from whose inside the history is seen. */
  readonly path: string;
  /** Of the guests that it has itself. */
  readonly guests: readonly GuestChange[];
  /** Queues that were zeroized from inside, ascending. Booting is not counted. */
  readonly zeroized: readonly Apqn[];
  /** Queues that its bus shows from now on, and those that it shows no more, ascending. Booting is not counted. */
  readonly came: readonly Apqn[];
  readonly went: readonly Apqn[];
}

/** A guest that runs. */
interface Running {
  /** That it has itself. */
  readonly guests: Guests;
  /** Queues that its bus shows, and the same as bits, which are compared at once. */
  readonly shown: readonly Apqn[];
  readonly bits: Uint32Array;
}

const NO_GUESTS: Guests = new Map();

export class InsideChanges {
  /** By path. */
  #running: ReadonlyMap<string, Running> = new Map();
  /** Paths of all that ever ran. */
  readonly #known: Set<string>;
  /** Numbers of mdevs, by path. */
  readonly #numbers: Map<string, MdevNumbers>;
  #heard = new Map<string, Happening[]>();

  constructor(known: Iterable<string> = [], numbers: Iterable<readonly [string, MdevNumbers]> = []) {
    this.#known = new Set(known);
    this.#numbers = new Map(numbers);
  }

  /** Paths of all guests with a Linux that ever ran, in the order in which they were first seen. */
  get paths(): readonly string[] {
    return [...this.#known];
  }

  numbersOf(path: string): MdevNumbers {
    const known = this.#numbers.get(path) ?? new MdevNumbers();
    this.#numbers.set(path, known);
    return known;
  }

  hear(happening: Happening, path: string): void {
    const heard = this.#heard.get(path) ?? [];
    heard.push(happening);
    this.#heard.set(path, heard);
  }

  /** What is heard from here on belongs to the next entry. */
  begin(): void {
    if (this.#heard.size > 0) this.#heard = new Map();
  }

  /** An operation is over. */
  after(player: Player, operation: Operation, answer: Answer): readonly InsideChange[] {
    const before = this.#running;
    this.look(player, (path) => answerIn(path, operation, answer)?.apcb);
    return [...new Set([...before.keys(), ...this.#running.keys()])].flatMap((path): readonly InsideChange[] => {
      const [was, is] = [before.get(path), this.#running.get(path)];
      const guests = guestChanges(was?.guests ?? NO_GUESTS, is?.guests ?? NO_GUESTS);
      const zeroized = was ? zeroizedIn(this.#heard.get(path) ?? []) : [];
      const isOther = was && is && was.shown !== is.shown;
      const [came, went] = isOther ? [without(is.shown, was.shown), without(was.shown, is.shown)] : [[], []];
      const isSame = guests.length + zeroized.length + came.length + went.length === 0;
      return isSame ? [] : [{ path, guests, zeroized, came, went }];
    });
  }

  /**
   * What runs inside from now on.
   *
   * @param changed names of the guests of a guest that have other masks than before
   */
  look(player: Player, changed?: (path: string) => Readonly<Record<string, unknown>> | undefined): void {
    const now = new Map<string, Running>();
    for (const path of player.guestPaths()) {
      const host = player.guestPlayer(path)?.host;
      if (!host) continue;
      this.#known.add(path);
      this.numbersOf(path).meet(this.#heard.get(path) ?? [], host.state);
      const known = changed ? this.#running.get(path) : undefined;
      const guests = known ? runningGuests(host, known.guests, changed?.(path)) : runningGuests(host);
      const { devices } = host.state;
      const isSame = known !== undefined && hasSameBits(known.bits, devices.words);
      now.set(path, isSame ? { ...known, guests } : { guests, shown: devices.queues(), bits: devices.words.slice() });
    }
    this.#running = now;
  }

  copy(): InsideChanges {
    return new InsideChanges(
      this.#known,
      [...this.#numbers].map(([path, numbers]) => [path, numbers.copy()]),
    );
  }
}

/** What the guest at this path answered: it was asked, or did something of its own accord. */
function answerIn(path: string, { in: asked = "" }: Operation, answer: Answer): Answer | undefined {
  if (path === asked) return answer;
  if (asked !== "" && !path.startsWith(`${asked}/`)) return undefined;
  const names = path.slice(asked === "" ? 0 : asked.length + 1).split("/");
  return names.reduce<Answer | undefined>((outer, name) => outer?.in?.[name], answer);
}

function hasSameBits(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function without(all: readonly Apqn[], others: readonly Apqn[]): readonly Apqn[] {
  const left = new Set(others);
  return all.filter((apqn) => !left.has(apqn));
}

const zeroizedIn = (heard: readonly Happening[]): readonly Apqn[] => {
  const queues = heard.flatMap((one) => (one.kind === "queue-reset" && one.rc === RC.normal ? [one.apqn] : []));
  return [...new Set(queues)].sort((a, b) => a - b);
};
