// A history: it grows at its end, and can show any earlier moment within milliseconds, from the nearest moment that was kept and the few
// operations after it. What is shown at a moment comes from the same rules as what happened then. A host that is only looked at is also
// a history: each look is a moment.
import type { Apqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { RC } from "../../system/ap/response-code.ts";
import type { Happening } from "../../system/machine/happening.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { runningGuests } from "../../system/sysfs/running-guests.ts";
import { isAsRecorded } from "../../system/trace/compare.ts";
import { type Hw, isLook, type Operation } from "../../system/trace/operation.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { Checkpoints } from "./checkpoints.ts";
import { differenceWords } from "./difference-words.ts";
import { type Entry, isUnknownGuest } from "./entry.ts";
import { type GuestChange, type Guests, guestChanges } from "./guest-changes.ts";
import { InsideChanges } from "./inside-changes.ts";
import { MdevNumbers } from "./mdev-numbers.ts";
import { operationWords } from "./operation-words.ts";

/** A moment is kept after this many entries: fewer would take more room, more would take longer to go back to. */
const EVERY = 64;

/** What is told of an entry besides the answer. */
const TOLD: ReadonlySet<Happening["kind"]> = new Set(["queue-reset", "adapter-filtered", "mdev-created"]);

interface RecordedEntry {
  /** Its number, higher than all before; the next number if left out. */
  readonly i?: number | undefined;
  /** The answer that was recorded elsewhere. */
  readonly expected?: Record<string, unknown> | undefined;
  readonly note?: string | undefined;
}

/** What is known of a host that was found as it is, without the operations that led there. */
interface FoundHost {
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
  readonly #inside: InsideChanges;
  /** Always at the end. */
  readonly #head: Player;
  #headGuests: Guests = new Map();
  /**
   * What happens while the head carries out an operation, as far as an entry tells of it. Of power on it tells nothing, which on a large
   * host is 200,000 things.
   */
  #heard: Happening[] = [];
  /** Goes back and forth. */
  readonly #traveller: Player;
  #travellerAt = -1;

  private constructor(
    profile: Profile,
    entries: Entry[],
    kept: Checkpoints,
    numbers: MdevNumbers,
    inside: InsideChanges,
  ) {
    this.profile = profile;
    this.#entries = entries;
    this.#kept = kept;
    this.#numbers = numbers;
    this.#inside = inside;
    this.#head = new Player(profile, (happening) => {
      if (this.#entries.length > 0 && TOLD.has(happening.kind)) this.#heard.push(happening);
    });
    this.#head.guestObserver = (happening, path) => {
      if (TOLD.has(happening.kind)) this.#inside.hear(happening, path);
    };
    this.#traveller = new Player(profile);
  }

  static empty(profile: Profile): Timeline {
    return new Timeline(profile, [], new Checkpoints(), new MdevNumbers(), new InsideChanges());
  }

  /** A history in which all these operations have been done. The first must be `init`. */
  static of(profile: Profile, operations: readonly Operation[]): Timeline {
    const timeline = Timeline.empty(profile);
    for (const operation of operations) timeline.append(operation);
    return timeline;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The number of an mdev, from 1 in the order in which they were first seen. It never changes. */
  mdevNumber(uuid: string): number {
    return this.#numbers.of(uuid);
  }

  /** UUIDs of all mdevs that were ever there, in the order of their numbers. */
  get mdevs(): readonly string[] {
    return this.#numbers.uuids();
  }

  /** Guests have a Linux of their own at the end of this history. */
  get hasInside(): boolean {
    return this.#head.hasInside;
  }

  /** Paths of all guests with a Linux that ever ran, in the order in which they were first seen. */
  get pathsInside(): readonly string[] {
    return this.#inside.paths;
  }

  /** Numbers of the mdevs of a guest. */
  numbersInside(path: string): MdevNumbers {
    return this.#inside.numbersOf(path);
  }

  /** Carry out one operation at the end. */
  append(operation: Operation, recorded: RecordedEntry = {}): Entry {
    const at = this.#entries.length;
    const { expected, note, i = (this.#entries.at(-1)?.i ?? 0) + 1 } = recorded;
    const said = operation.op === "hw" && this.#head.isBooted ? relative(operation, this.#head.host.state) : operation;
    this.#heard = [];
    this.#inside.begin();
    const answer = this.#head.apply(operation, i);
    this.#numbers.meet(this.#heard, this.#head.host.state);
    const isHere = operation.in === undefined;
    const guests =
      isHere && answer.apcb ? runningGuests(this.#head.host, this.#headGuests, answer.apcb) : this.#headGuests;
    const inside = this.#head.hasInside && !isLook(operation) ? this.#inside.after(this.#head, operation, answer) : [];
    const numbers = operation.in === undefined ? this.#numbers : this.#inside.numbersOf(operation.in);
    const entry: Entry = {
      i,
      words: operationWords(said, (uuid) => `m${numbers.of(uuid)}`),
      operation: said,
      answer,
      differs: !isAsRecorded(expected, answer),
      guests: isHere && answer.apcb ? guestChanges(this.#headGuests, guests) : [],
      inside,
      ...(operation.op === "init" ? { zeroized: [], resets: [], filteredBy: [] } : whatWasHeard(this.#heard)),
      note,
      seenAt: undefined,
      unknown: [],
      given: undefined,
      isElsewhere: false,
    };
    this.#headGuests = guests;
    this.#entries.push(entry);
    if (at % EVERY === 0) this.#kept.keep(at, this.#head.save());
    return entry;
  }

  /** Append the host as it was found. What was done to it since the entry before is not known. */
  appendHost({ state }: Host, { i = (this.#entries.at(-1)?.i ?? 0) + 1, seenAt, unknown = [] }: FoundHost = {}): Entry {
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
      inside: [],
      note: undefined,
      seenAt,
      unknown,
      given: undefined,
      isElsewhere: false,
    };
    this.#headGuests = guests;
    this.#kept.keep(this.#entries.length, { ...moment, words: words.slice() });
    this.#entries.push(entry);
    return entry;
  }

  /** The host after this entry. It is lent until the next call or until something is appended, and must not be changed. */
  hostAt(index: number): Host {
    return this.lentPlayerAt(index).host;
  }

  /** The player whose host is as after this entry. It is lent as the host is. */
  lentPlayerAt(index: number): Player {
    const last = this.#entries.length - 1;
    if (index < 0 || index > last) throw new Error(`there is no moment ${index}`);
    return index === last ? this.#head : this.#travelTo(index);
  }

  /** A new player whose host is as after this entry. */
  playerAt(index: number): Player {
    const player = new Player(this.profile);
    player.restore(this.lentPlayerAt(index).save());
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
      const { operation, i } = must(this.#entries[this.#travellerAt]);
      if (operation && !isLook(operation)) this.#traveller.apply(operation, i);
    }
    return this.#traveller;
  }

  /** A new history that shares all up to this entry. */
  branch(index: number): Timeline {
    const branch = new Timeline(
      this.profile,
      this.#entries.slice(0, index + 1),
      this.#kept.upTo(index),
      this.#numbers.copy(),
      this.#inside.copy(),
    );
    branch.#head.restore(this.playerAt(index).save());
    branch.#headGuests = runningGuests(branch.#head.host);
    branch.#inside.look(branch.#head);
    return branch;
  }
}

/** If it is not known whether a guest runs, it does not count as stopped. */
const isGuess = ({ mdev, run }: GuestChange, unknown: readonly string[]): boolean =>
  run === "stopped" && isUnknownGuest(mdev, unknown);

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

/** A change that sets whole masks, as what it takes from the machine and adds to it, which is easier to read. */
function relative(hw: Hw, { machine }: HostState): Hw {
  type Ids = readonly number[];
  const change = (now: Ids, to: Ids = now, removed: Ids, added: Ids): readonly [removed: Ids, added: Ids] => [
    [...now.filter((id) => !to.includes(id) && !added.includes(id)), ...removed],
    [...to.filter((id) => !now.includes(id) && !removed.includes(id)), ...added],
  ];
  const [rmAp, addAp] = change(machine.apm.ids(), hw.apm?.ids(), hw.rmAp, hw.addAp);
  const [rmDom, addDom] = change(machine.aqm.ids(), hw.aqm?.ids(), hw.rmDom, hw.addDom);
  const [rmCd, addCd] = change(machine.adm.ids(), hw.adm?.ids(), hw.rmCd, hw.addCd);
  return { op: "hw", apm: undefined, aqm: undefined, adm: undefined, rmAp, rmDom, rmCd, addAp, addDom, addCd };
}
