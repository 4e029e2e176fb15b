// What the Linux of a guest makes of its queues. Its machine has a queue, or has it no more, at once; its bus shows that when it has
// scanned. Next: inside-text.ts, inside-json.ts; levels.ts for guests of guests.
import type { Apqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { hasQueue, queuesOf } from "../../system/ap/product.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { scan } from "../../system/bus/scan.ts";
import type { Facility } from "../../system/machine/facts.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import type { Notice } from "../../system/trace/guest-made.ts";
import type { Player } from "../../system/trace/player.ts";
import { copyHost } from "../../system/vfio-ap/copy-host.ts";
import { mdevOf } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** docs/reasons.md explains them. */
export const INSIDE_STATES = [
  "not-noticed",
  "no-device",
  "withheld",
  "still-shown",
  "unused",
  "used",
  "for-its-guests",
  "passed-on",
] as const;
export type InsideState = (typeof INSIDE_STATES)[number];

/** What is said of a guest even where nobody asks for its queues. */
const REMARKABLE: readonly InsideState[] = ["not-noticed", "no-device", "withheld", "still-shown", "unused"];
export const isRemarkable = ({ state }: QueueInside): boolean => REMARKABLE.includes(state);

export interface QueueInside {
  readonly state: InsideState;
  /** The driver of the guest's that has it. */
  readonly driver?: string;
  /** The guest of the guest that has it. */
  readonly passedTo?: string;
  /** The guest's bus shows it. */
  readonly isShown: boolean;
}

export class GuestInside {
  /** Its name, with its hosts before slashes. */
  readonly path: string;
  readonly player: Player;
  readonly notice: Notice;
  #scanned: Host | undefined;

  /**
   * @param outer the player of its host
   * @param name of a guest that runs and has a Linux
   * @param path undefined: its name
   */
  constructor(outer: Player, name: string, path = name) {
    this.path = path;
    this.player = must(outer.guestPlayer(name));
    this.notice = outer.guestNotice(name);
  }

  /** Seconds between two scans of its own accord. */
  get configTime(): number {
    return this.#host.state.get("configTime");
  }

  /** What its CPU model lacks. */
  get lacks(): ReadonlySet<Facility> {
    return this.#host.state.facts.lacks;
  }

  get #host(): Host {
    return this.player.host;
  }

  /** Undefined: its machine does not have the queue, and its bus does not show it. */
  of(apqn: Apqn): QueueInside | undefined {
    const { state } = this.#host;
    const isShown = shows(state, apqn);
    if (!hasQueue(state.machine, apqn)) return isShown ? { state: "still-shown", isShown } : undefined;
    if (!hasQueue(state.answering, apqn)) return { state: "withheld", isShown };
    if (isShown) return this.#shown(apqn);
    return { state: shows(this.#afterScan().state, apqn) ? "not-noticed" : "no-device", isShown };
  }

  /** Queues that its bus shows and that it has no more, ascending. */
  stillShown(): readonly Apqn[] {
    const { machine, devices } = this.#host.state;
    return devices.queues().filter((apqn) => !hasQueue(machine, apqn));
  }

  /** What its bus does not show as its machine is, ascending: queues that came, and queues that went. */
  notNoticed(): readonly Apqn[] {
    const came = queuesOf(this.#host.state.machine).filter((apqn) => {
      const state = this.of(apqn)?.state;
      return state === "not-noticed" || (state === "withheld" && shows(this.#host.state, apqn));
    });
    return [...came, ...this.stillShown()].sort((a, b) => a - b);
  }

  #shown(apqn: Apqn): QueueInside {
    const driver = driverOf(this.#host, apqn);
    if (driver === undefined) return { state: "unused", isShown: true };
    if (driver !== "vfio_ap") return { state: "used", driver, isShown: true };
    const passedTo = guestWith(this.#host, apqn);
    return passedTo === undefined
      ? { state: "for-its-guests", driver, isShown: true }
      : { state: "passed-on", driver, passedTo, isShown: true };
  }

  /** A copy on which it has scanned. */
  #afterScan(): Host {
    if (this.#scanned) return this.#scanned;
    const copy = copyHost(this.#host);
    scan(copy);
    this.#scanned = copy;
    return copy;
  }
}

/** The bus shows the queue. A guest that cannot query its machine numbers fewer queues than that has. */
const shows = (state: HostState, apqn: Apqn): boolean => state.holds(apqn) && state.devices.has(apqn);

/** The running guest that has a queue. */
function guestWith({ state }: Host, apqn: Apqn): string | undefined {
  const mdev = state.ownerOf(apqn);
  if (mdev?.guest === undefined || !hasQueue(mdev.guestMasks, apqn)) return undefined;
  return state.names.nameOf(mdev.guest);
}

/** The inside of the guest that has this mdev; undefined: none runs, or none is known. */
export function insideOf(player: Player | undefined, { guest }: { readonly guest: number | undefined }) {
  if (!player || guest === undefined) return undefined;
  const name = player.host.state.names.nameOf(guest);
  return player.guestPlayer(name) ? new GuestInside(player, name) : undefined;
}

/** Every guest that runs and has a Linux, outer ones before inner ones. */
export function allInside(player: Player, path = ""): readonly GuestInside[] {
  return player.guestNames.flatMap((name) => {
    const inside = new GuestInside(player, name, path === "" ? name : `${path}/${name}`);
    return [inside, ...allInside(inside.player, inside.path)];
  });
}

/** The mdev that a guest which runs has. */
export const mdevOfGuest = ({ host }: Player, name: string) => mdevOf(host, host.state.names.numberOf(name));
