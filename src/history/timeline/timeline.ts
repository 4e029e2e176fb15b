// A history: appended at its end, and back at any moment within milliseconds, by the nearest moment that was kept and the few
// operations after it. What is shown at a moment comes from the same rules as what happened then. A host that is only looked at is
// a history, too: each look is a moment.
import type { Apqn } from "../../system/ap/apqn.ts";
import { RC } from "../../system/ap/response-code.ts";
import type { Happening } from "../../system/machine/happening.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import { mismatches } from "../../system/trace/compare.ts";
import type { Hw, Operation } from "../../system/trace/operation.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { actionLines } from "../scenario/format-action.ts";
import { Checkpoints } from "./checkpoints.ts";
import { differenceWords } from "./difference-words.ts";
import { type Entry, isUnknownGuest } from "./entry.ts";
import { type GuestChange, type Guests, guestChanges } from "./guest-changes.ts";
import { MdevNumbers } from "./mdev-numbers.ts";

/** A moment is kept after so many entries: fewer take more room, more take longer to go back to. */
const EVERY = 64;

export interface Recorded {
  /** Its number, above all before; the next one if left out. */
  readonly i?: number | undefined;
  /** The answer that was recorded elsewhere. */
  readonly expected?: Record<string, unknown> | undefined;
  readonly note?: string | undefined;
}

/** How a host was found that nobody can tell the operations of. */
export interface Found {
  readonly i?: number | undefined;
  /** Milliseconds since 1970. */
  readonly seenAt?: number | undefined;
  /** What the source cannot tell, as sentences. */
  readonly unknown?: readonly string[] | undefined;
}

export class Timeline {
  readonly profile: Profile;
  readonly #entries: Entry[];
  readonly #kept: Checkpoints;
  readonly #numbers: MdevNumbers;
  /** Always at the end. */
  readonly #head: Player;
  #headGuests: Guests = new Map();
  /** What is heard while the head carries out an operation. */
  #heard: Happening[] = [];
  /** Goes to and fro. */
  readonly #traveller: Player;
  #travellerAt = -1;

  private constructor(profile: Profile, entries: Entry[], kept: Checkpoints, numbers: MdevNumbers) {
    this.profile = profile;
    this.#entries = entries;
    this.#kept = kept;
    this.#numbers = numbers;
    this.#head = new Player(profile, (happening) => this.#heard.push(happening));
    this.#traveller = new Player(profile);
  }

  static empty(profile: Profile): Timeline {
    return new Timeline(profile, [], new Checkpoints(), new MdevNumbers());
  }

  /** With all of these operations done. The first must be `init`. */
  static of(profile: Profile, operations: readonly Operation[]): Timeline {
    const timeline = Timeline.empty(profile);
    for (const operation of operations) timeline.append(operation);
    return timeline;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Number of an mdev, from 1 in the order in which they were first seen: it stays the same through all of history. */
  mdevNumber(uuid: string): number {
    return this.#numbers.of(uuid);
  }

  /** UUIDs of all mdevs there ever were, in the order of their numbers. */
  get mdevs(): readonly string[] {
    return this.#numbers.uuids();
  }

  /** Carry out one operation at the end. */
  append(operation: Operation, recorded: Recorded = {}): Entry {
    const at = this.#entries.length;
    const { expected, note, i = (this.#entries.at(-1)?.i ?? 0) + 1 } = recorded;
    const said = operation.op === "hw" && this.#head.isBooted ? relative(operation, this.#head.host.state) : operation;
    this.#heard = [];
    const answer = this.#head.apply(operation, i);
    if (this.#heard.some(({ kind }) => kind === "mdev-created")) this.#numbers.meet(this.#head.host.state);
    const guests = answer.apcb ? runningGuests(this.#head.host) : this.#headGuests;
    const entry: Entry = {
      i,
      words: actionLines(said, (uuid) => this.#nameOf(uuid)).join("; ") || lookWords(said),
      operation: said,
      answer,
      differs: expected !== undefined && mismatches(expected, answer as unknown as Record<string, unknown>).length > 0,
      guests: answer.apcb ? guestChanges(this.#headGuests, guests) : [],
      ...(operation.op === "init" ? { zeroized: [], resets: [], filteredBy: [] } : whatWasHeard(this.#heard)),
      note,
      seenAt: undefined,
      unknown: [],
    };
    this.#headGuests = guests;
    this.#entries.push(entry);
    if (at % EVERY === 0) this.#kept.keep(at, this.#head.save());
    return entry;
  }

  /** The host as it was found, at the end: what was done to it since the entry before nobody knows. */
  appendHost({ state }: Host, { i = (this.#entries.at(-1)?.i ?? 0) + 1, seenAt, unknown = [] }: Found = {}): Entry {
    const before = this.#head.isBooted ? this.#head.host.state : undefined;
    const { facts, layout, words, names } = state;
    const moment = { facts, mdevs: layout.mdevs, words, names, waiting: [], configurationChanged: false };
    this.#numbers.meetByName(state);
    const said = before ? differenceWords(before, state, this.#numbers) : "the host as it was found";
    this.#head.restore(moment);
    const guests = runningGuests(this.#head.host);
    const entry: Entry = {
      i,
      words: said,
      operation: undefined,
      answer: undefined,
      differs: false,
      guests: before ? guestChanges(this.#headGuests, guests).filter((change) => !isGuess(change, unknown)) : [],
      zeroized: [],
      resets: [],
      filteredBy: [],
      note: undefined,
      seenAt,
      unknown,
    };
    this.#headGuests = guests;
    this.#kept.keep(this.#entries.length, moment);
    this.#entries.push(entry);
    return entry;
  }

  #nameOf(uuid: string): string {
    return `m${this.#numbers.of(uuid)}`;
  }

  /** The host after this entry. It is lent until the next call and until something is appended: look, do not touch. */
  hostAt(index: number): Host {
    const last = this.#entries.length - 1;
    if (index < 0 || index > last) throw new Error(`there is no moment ${index}`);
    return index === last ? this.#head.host : this.#travelTo(index).host;
  }

  /** A player of its own that stands after this entry. */
  playerAt(index: number): Player {
    const player = new Player(this.profile);
    player.restore((index === this.#entries.length - 1 ? this.#head : this.#travelTo(index)).save());
    return player;
  }

  #travelTo(index: number): Player {
    let kept = index;
    while (!this.#kept.has(kept)) kept--;
    if (this.#travellerAt < kept || this.#travellerAt > index) {
      this.#traveller.restore(this.#kept.get(kept));
      this.#travellerAt = kept;
    }
    while (this.#travellerAt < index) {
      this.#travellerAt++;
      const { operation, i } = this.#entries[this.#travellerAt] as Entry;
      if (operation && !isLook(operation)) this.#traveller.apply(operation, i);
    }
    return this.#traveller;
  }

  /** A history of its own that shares everything up to this entry. */
  branch(index: number): Timeline {
    const branch = new Timeline(
      this.profile,
      this.#entries.slice(0, index + 1),
      this.#kept.upTo(index),
      this.#numbers.copy(),
    );
    branch.#head.restore(this.playerAt(index).save());
    branch.#headGuests = runningGuests(branch.#head.host);
    return branch;
  }
}

/** A guest of which it is not known whether it runs has not stopped. */
const isGuess = ({ mdev, run }: GuestChange, unknown: readonly string[]): boolean =>
  run === "stopped" && isUnknownGuest(mdev, unknown);

/** Operations that change nothing. */
const isLook = ({ op }: Operation): boolean => op === "read" || op === "readlink" || op === "ls" || op === "state";

const lookWords = (operation: Operation): string =>
  "path" in operation ? `${operation.op === "read" ? "cat" : operation.op} ${operation.path}` : "look at everything";

function whatWasHeard(heard: readonly Happening[]): Pick<Entry, "zeroized" | "resets" | "filteredBy"> {
  const zeroized = new Map<Apqn, "vfio_ap" | "bus">();
  const filteredBy = new Set<Apqn>();
  for (const happening of heard) {
    if (happening.kind === "queue-reset" && happening.rc === RC.normal && !zeroized.has(happening.apqn))
      zeroized.set(happening.apqn, happening.by);
    if (happening.kind === "adapter-filtered") filteredBy.add(happening.because);
  }
  const ascending = (queues: Iterable<Apqn>) => [...queues].sort((a, b) => a - b);
  const queues = ascending(zeroized.keys());
  const resets = queues.map((apqn) => ({ apqn, by: zeroized.get(apqn) ?? "bus" }));
  return { zeroized: queues, resets, filteredBy: ascending(filteredBy) };
}

/** A change that sets whole masks, as what it takes from the machine and adds to it: easier to read, and the same. */
function relative(hw: Hw, { machine }: HostState): Hw {
  const differences = (now: ReadonlyIds, to: ReadonlyIds | undefined) => {
    const [before, after] = [now.ids(), to?.ids() ?? now.ids()];
    return {
      removed: before.filter((id) => !after.includes(id)),
      added: after.filter((id) => !before.includes(id)),
    };
  };
  const ap = differences(machine.apm, hw.apm);
  const dom = differences(machine.aqm, hw.aqm);
  const cd = differences(machine.adm, hw.adm);
  return {
    op: "hw",
    apm: undefined,
    aqm: undefined,
    adm: undefined,
    rmAp: [...ap.removed.filter((id) => !hw.addAp.includes(id)), ...hw.rmAp],
    rmDom: [...dom.removed.filter((id) => !hw.addDom.includes(id)), ...hw.rmDom],
    rmCd: [...cd.removed.filter((id) => !hw.addCd.includes(id)), ...hw.rmCd],
    addAp: [...ap.added.filter((id) => !hw.rmAp.includes(id)), ...hw.addAp],
    addDom: [...dom.added.filter((id) => !hw.rmDom.includes(id)), ...hw.addDom],
    addCd: [...cd.added.filter((id) => !hw.rmCd.includes(id)), ...hw.addCd],
  };
}

interface ReadonlyIds {
  ids(): readonly number[];
}
