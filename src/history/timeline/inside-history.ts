// A history as a guest with a Linux of its own sees it: the guest is the host, its guests are the guests. It has the moments of the whole
// history, of which many are nothing to it. What is done there is done by the whole history.
import { must } from "../../system/ap/assert.ts";
import { Names } from "../../system/machine/names.ts";
import { newHostState } from "../../system/machine/snapshot.ts";
import type { Player } from "../../system/trace/player.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import type { Entry } from "./entry.ts";
import type { GuestChange } from "./guest-changes.ts";
import { operationWords } from "./operation-words.ts";
import type { Timeline } from "./timeline.ts";

/** A history as somebody sees it who is on the host, or in one of its guests. */
export type SeenHistory = Pick<Timeline, "profile" | "entries" | "mdevs" | "mdevNumber" | "hostAt" | "hasInside"> & {
  /** A new player; undefined: this machine does not run at that moment. */
  playerAt(index: number): Player | undefined;
  /** The same, lent until the next call or until something is appended: it must not be changed. */
  lentPlayerAt(index: number): Player | undefined;
};

export class InsideHistory implements SeenHistory {
  readonly path: string;
  readonly #whole: Timeline;
  readonly #entries: Entry[] = [];
  #nothing: Host | undefined;

  /** @param path name of a guest, with its hosts before slashes */
  constructor(whole: Timeline, path: string) {
    this.#whole = whole;
    this.path = path;
  }

  get profile(): Profile {
    return this.lentPlayerAt(this.#whole.entries.length - 1)?.profile ?? this.#whole.profile;
  }

  get hasInside(): boolean {
    return true;
  }

  /** As many as those of the whole history, at the same places. */
  get entries(): readonly Entry[] {
    const { entries } = this.#whole;
    for (let at = this.#entries.length; at < entries.length; at++) this.#entries.push(this.#seen(must(entries[at])));
    return this.#entries;
  }

  mdevNumber(uuid: string): number {
    return this.#whole.numbersInside(this.path).of(uuid);
  }

  get mdevs(): readonly string[] {
    return this.#whole.numbersInside(this.path).uuids();
  }

  /** Undefined: the guest does not run at this moment. Lent, as the whole history's. */
  lentPlayerAt(index: number): Player | undefined {
    return this.#whole.lentPlayerAt(index).guestPlayer(this.path);
  }

  /** The guest as a host; one in which nothing is if it does not run. Lent, as the whole history's. */
  hostAt(index: number): Host {
    return this.lentPlayerAt(index)?.host ?? this.#emptyHost();
  }

  playerAt(index: number): Player | undefined {
    return this.#whole.playerAt(index).guestPlayer(this.path);
  }

  #emptyHost(): Host {
    this.#nothing ??= newHost(
      newHostState({ ...this.#whole.hostAt(0).state.facts, qci: true }, 1, new Names()),
      this.#whole.profile,
      vfioApDriver,
    );
    return this.#nothing;
  }

  #seen(entry: Entry): Entry {
    const { operation, inside } = entry;
    const asked = operation?.in;
    const isWithin = asked === this.path || asked?.startsWith(`${this.path}/`) === true;
    const own = inside.find(({ path }) => path === this.path);
    const further = inside.filter(({ path }) => path.startsWith(`${this.path}/`));
    const given = this.#givenBy(entry);
    // Cards are the same for everybody.
    const isOfCard = operation?.op === "card" || operation?.op === "fault";
    return {
      ...entry,
      words: isWithin ? this.#ownWords(entry) : beneathWords(entry),
      answer: isWithin ? entry.answer : undefined,
      guests: own?.guests ?? [],
      zeroized: own?.zeroized ?? [],
      resets: [],
      filteredBy: [],
      inside: [
        ...(own && own.came.length + own.went.length > 0 ? [{ ...own, path: "", guests: [], zeroized: [] }] : []),
        ...further.map((one) => ({ ...one, path: one.path.slice(this.path.length + 1) })),
      ],
      given,
      isElsewhere: !isWithin && !own && further.length === 0 && !given && !isOfCard,
    };
  }

  /** The words of what was done in here, from in here. */
  #ownWords({ operation, words }: Entry): string {
    if (!operation) return words;
    const { in: asked = "", ...own } = operation;
    const inner = asked.slice(this.path.length + 1);
    const numbers = this.#whole.numbersInside(asked);
    return operationWords(inner === "" ? own : { ...own, in: inner }, (uuid) => `m${numbers.of(uuid)}`);
  }

  /** What the host beneath gave to this guest, or took from it. */
  #givenBy({ guests, inside }: Entry): GuestChange | undefined {
    const slash = this.path.lastIndexOf("/");
    const beneath = slash < 0 ? guests : (inside.find(({ path }) => path === this.path.slice(0, slash))?.guests ?? []);
    return beneath.find(({ guest }) => guest === this.path.slice(slash + 1));
  }
}

const beneathWords = ({ operation, words }: Entry): string =>
  operation?.in === undefined ? `on the host: ${words}` : words;
