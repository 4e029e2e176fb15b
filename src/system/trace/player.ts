// Operations carried out one after the other on one host, each with its answer: the engine of trace players, journals, labs
// and plans. Everything from outside comes in here or through sysfs. docs/trace-format.md §4, §5.

import { scan, scanComplete, scanDevice, scanDevices, scanNotice } from "../bus/scan.ts";
import type { Facts } from "../machine/facts.ts";
import type { Happening, Observer } from "../machine/happening.ts";
import { changeMasks, setFault } from "../machine/hardware.ts";
import type { Names } from "../machine/names.ts";
import { newHostState } from "../machine/snapshot.ts";
import { hostSysfs, type Sysfs } from "../sysfs/sysfs.ts";
import { copyHost } from "../vfio-ap/copy-host.ts";
import { vfioApDriver } from "../vfio-ap/driver.ts";
import { closeMdev, openMdev, resetMdev } from "../vfio-ap/guest.ts";
import { type Host, newHost } from "../vfio-ap/host.ts";
import { unmapMemory } from "../vfio-ap/interrupts.ts";
import { requestDevice } from "../vfio-ap/mdev-life.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { setEventfd } from "../vfio-ap/vfio-device.ts";
import type { Answer, StateReport } from "./answer.ts";
import { bootGuest, type GuestOf } from "./boot-guest.ts";
import { bootFrom } from "./boot-operation.ts";
import { GuestMachines, type GuestState, MOST_GUESTS, type Room } from "./guest-machines.ts";
import type { GuestMade, GuestsMade, Notice } from "./guest-made.ts";
import { controlInterrupts, mdevOfUuid, plainAnswer, withOpen } from "./guest-operations.ts";
import { lookAnswer } from "./look-answer.ts";
import { changeCardOf, machineMasks } from "./machine-operations.ts";
import { type Init, isLook, type Operation, type Scan, type WriteOperation } from "./operation.ts";
import { Observed } from "./side-effects.ts";
import { reportState } from "./state-report.ts";

/** A write that waits until the guest of an mdev has let go. */
interface Waiting {
  readonly i: number;
  readonly bytes: number;
  readonly uuid: string;
}

/** Where a player stands: enough to come back to, or for another player of the same kernel to go on from. */
export interface PlayerState {
  readonly facts: Facts;
  /** Places for mdevs in the buffer. */
  readonly mdevs: number;
  readonly words: Uint32Array;
  readonly names: Names;
  readonly waiting: readonly Waiting[];
  readonly configurationChanged: boolean;
  /** Guests that have a Linux of their own; undefined: no guest of this host has. */
  readonly inside?: InsideState;
}

interface InsideState {
  readonly made: GuestsMade;
  readonly guests: readonly GuestState[];
}

/** Hears what happens in guests; `path` names one, with its own guests after slashes. */
export type GuestObserver = (happening: Happening, path: string) => void;

interface Running {
  readonly host: Host;
  readonly sysfs: Sysfs;
  readonly observed: Observed;
}

export class Player {
  readonly profile: Profile;
  readonly #listener: Observer | undefined;
  #running: Running | undefined;
  /** By the UUID of the mdev. */
  #waiting = new Map<string, Waiting>();
  /** Of the mdev whose removal began to wait last, and of those that went during this operation. */
  #leaving = "";
  #gone: string[] = [];
  #uevents: (readonly string[])[] = [];
  #configurationChanged = false;
  #guests: GuestMachines | undefined;
  /** Shared with the guests. */
  #room: Room = { left: MOST_GUESTS };
  guestObserver: GuestObserver | undefined;

  /**
   * @param listener hears what happens besides the answers
   * @param start goes on from a copy of this host, without "init"
   */
  constructor(profile: Profile, listener?: Observer, start?: Host) {
    this.profile = profile;
    this.#listener = listener;
    if (!start) return;
    this.#begin(copyHost({ state: start.state, profile }, (happening) => this.#hear(happening)));
    // Only what changes from here on is news.
    this.#booted().observed.forget(this.host);
  }

  /** The host as it is now. There is none before "init". */
  get host(): Host {
    return this.#booted().host;
  }

  get sysfs(): Sysfs {
    return this.#booted().sysfs;
  }

  get isBooted(): boolean {
    return this.#running !== undefined;
  }

  /** The words are a copy. */
  save(): PlayerState {
    const { facts, layout, words, names } = this.host.state;
    return {
      facts,
      mdevs: layout.mdevs,
      words: words.slice(),
      names,
      waiting: [...this.#waiting.values()],
      configurationChanged: this.#configurationChanged,
      ...(this.#guests && { inside: { made: this.#guests.made, guests: this.#guests.save() } }),
    };
  }

  /** Go on from a moment of a player of the same kernel; it need not have booted. */
  restore({ facts, mdevs, words, names, waiting, configurationChanged, inside }: PlayerState): void {
    const host = this.#running?.host;
    if (host && host.state.names === names && host.state.words.length === words.length) {
      host.state.overwrite(words);
    } else {
      const state = newHostState(facts, mdevs, names);
      state.overwrite(words);
      if (host) host.state = state;
      else this.#begin(newHost(state, this.profile, vfioApDriver, (happening) => this.#hear(happening)));
    }
    this.#waiting = new Map(waiting.map((one) => [one.uuid, one]));
    this.#configurationChanged = configurationChanged;
    this.#booted().observed.forget(this.host);
    if (inside && this.#guests?.made !== inside.made) this.#useGuests(inside.made);
    if (inside) this.#guests?.restore(this.host, inside.guests);
    else this.#guests = undefined;
    // What guests of this one have counted meanwhile is counted anew by the outermost host, which comes last.
    this.#room.left = MOST_GUESTS - this.guestPaths().length;
  }

  /** From now on every guest has a Linux of its own, which operations with "in" reach; those that run boot now. */
  giveGuestsLinux(made: GuestsMade): void {
    this.#room.left += this.guestPaths().length;
    this.#useGuests(made);
    if (this.#running) this.#passOn(0);
  }

  #useGuests(made: GuestsMade): void {
    const room = this.#room;
    this.#guests = new GuestMachines(made, room, (name, profile) => {
      const player = new Player(profile, (happening) => this.guestObserver?.(happening, name));
      player.#room = room;
      player.guestObserver = (happening, path) => this.guestObserver?.(happening, `${name}/${path}`);
      return player;
    });
  }

  /** Linux boots in the guest that this player is. */
  bootGuest(of: GuestOf, made: GuestMade): void {
    this.#begin(bootGuest(of, made, this.profile, (happening) => this.#hear(happening)));
    this.#booted().observed.forget(this.host);
    this.#useGuests(made.guests);
  }

  /**
   * The host beneath has done something, which stands in this guest's machine already.
   *
   * @param isTold the guest has been told, and scans
   * @returns what came of it, if anything did
   */
  hostDid(isTold: boolean, i: number): Answer | undefined {
    const answer = isTold ? this.apply({ op: "scan", part: "all" }, i) : this.#passOn(i);
    return Object.keys(answer).length > 1 ? answer : undefined;
  }

  /** Nothing is done here; the machines of this host's own guests follow. */
  #passOn(i: number): Answer {
    this.#uevents = [];
    this.#gone = [];
    return this.#finish({ r: 0 }, this.#guests?.follow(this.host, i));
  }

  /** @returns the player of a guest that runs and has a Linux; undefined: there is none of this path */
  guestPlayer(path: string): Player | undefined {
    const [name = "", ...rest] = path.split("/");
    const player = this.#guests?.get(name);
    return rest.length === 0 ? player : player?.guestPlayer(rest.join("/"));
  }

  /** The paths of all guests that run and have a Linux, outer ones before inner ones; a name with a slash, or without a letter, has none. */
  guestPaths(): readonly string[] {
    const named = this.guestNames.filter((name) => name !== "" && !name.includes("/"));
    return named.flatMap((name) => {
      const inner = this.guestPlayer(name)?.guestPaths() ?? [];
      return [name, ...inner.map((path) => `${name}/${path}`)];
    });
  }

  /** Guests have a Linux of their own. */
  get hasInside(): boolean {
    return this.#guests !== undefined;
  }

  /** What guests are made of that are not as usual; undefined: no guest has a Linux of its own. */
  get guestsMade(): GuestsMade | undefined {
    return this.#guests?.made;
  }

  /** Guests that run and have a Linux, in the order in which they were started. */
  get guestNames(): readonly string[] {
    return this.#guests?.names() ?? [];
  }

  /** How a guest that runs learns now that its masks have changed. */
  guestNotice(name: string): Notice {
    return this.#guests?.noticeOf(this.host, name) ?? "scan";
  }

  #begin(host: Host): void {
    this.#running = { host, sysfs: hostSysfs(host), observed: new Observed(host) };
  }

  #booted(): Running {
    if (!this.#running) throw new Error("the first operation must be init");
    return this.#running;
  }

  /**
   * Carry out one operation.
   *
   * @param i its number, by which a write that waits is named when it is through
   */
  apply(operation: Operation, i: number): Answer {
    if (operation.in !== undefined) return this.#applyInside(operation.in, operation, i);
    this.#uevents = [];
    this.#gone = [];
    const answer = operation.op === "init" ? this.#boot(operation) : this.#carryOut(operation, i);
    return this.#finish(answer, isLook(operation) ? undefined : this.#guests?.follow(this.host, i));
  }

  #applyInside(path: string, operation: Operation, i: number): Answer {
    const slash = path.indexOf("/");
    const [name, rest] = slash < 0 ? [path, undefined] : [path.slice(0, slash), path.slice(slash + 1)];
    const player = this.#guests?.get(name);
    if (!player) return { r: "EBADF" };
    const { in: _, ...own } = operation;
    const inner: Operation = rest === undefined ? own : { ...own, in: rest };
    const answer = player.apply(inner, i);
    // What the guest did to its queues is no news of this host's.
    this.#booted().observed.forget(this.host);
    return answer;
  }

  #finish(answer: Answer, inside: Answer["in"]): Answer {
    const { host, observed } = this.#booted();
    const apcb = observed.guestChanges(host);
    if (apcb) answer.apcb = apcb;
    const irq = observed.interruptChanges(host);
    if (irq) answer.irq = irq;
    const done = this.#finishedWrites();
    if (done.length > 0) answer.done = done;
    if (this.#uevents.length > 0) answer.uev = this.#uevents;
    if (inside) answer.in = inside;
    return answer;
  }

  #boot(init: Init): Answer {
    if (this.#running) throw new Error("a host boots once");
    this.#begin(bootFrom(init, this.profile, (happening) => this.#hear(happening)));
    if (init.guests) this.#useGuests(init.guests);
    return { r: 0 };
  }

  #hear(happening: Happening): void {
    if (happening.kind === "uevent" && happening.action === "change") {
      const name = happening.device.slice(happening.device.lastIndexOf("/") + 1);
      this.#uevents.push([name, ...happening.variables]);
    } else if (happening.kind === "mdev-removal-waits") this.#leaving = happening.uuid;
    else if (happening.kind === "mdev-removed") this.#gone.push(happening.uuid);
    this.#running?.observed.hear(happening, this.#running.host);
    if (this.#running) this.#guests?.hear(happening, this.#running.host);
    this.#listener?.(happening);
  }

  #carryOut(operation: Exclude<Operation, Init>, i: number): Answer {
    const { host, sysfs } = this.#booted();
    switch (operation.op) {
      case "hw":
        changeMasks(host.state, machineMasks(host, operation));
        return { r: 0 };
      case "card":
        changeCardOf(host, operation);
        return { r: 0 };
      case "fault":
        setFault(host.state, operation.q, {
          ...(operation.reset !== undefined && { reset: operation.reset }),
          ...(operation.aqic !== undefined && { aqic: operation.aqic }),
          ...(operation.bind !== undefined && { bind: operation.bind }),
          ...(operation.associate !== undefined && { associate: operation.associate }),
        });
        return { r: 0 };
      case "scan":
        this.#scan(host, operation);
        return { r: 0 };
      case "write":
        return this.#write(sysfs, operation, i);
      case "read":
      case "readlink":
      case "ls":
        return lookAnswer(sysfs, operation);
      case "open": {
        const mdev = mdevOfUuid(host, operation.mdev);
        if (!mdev) return { r: "ENODEV" };
        const guest = operation.guest === null ? undefined : host.state.names.numberOf(operation.guest);
        return plainAnswer(openMdev(host, mdev, guest));
      }
      case "close":
        return withOpen(host, operation, (mdev) => {
          closeMdev(host, mdev);
          return { r: 0 };
        });
      case "reset":
        return withOpen(host, operation, (mdev) => {
          // QEMU resets the device when the guest reboots, and goes on whatever the answer is.
          this.#guests?.boots(mdev.guest as number);
          return plainAnswer(resetMdev(host, mdev));
        });
      case "unmap":
        return withOpen(host, operation, (mdev) => {
          unmapMemory(host, mdev, { start: operation.iova, length: operation.len });
          return { r: 0 };
        });
      case "aqic":
        return this.#lacksInterrupts(operation.guest) ? { r: "EOPNOTSUPP" } : controlInterrupts(host, operation);
      case "eventfd":
        return withOpen(host, operation, (mdev) => {
          return plainAnswer(setEventfd(host, mdev, operation.index, operation.on));
        });
      case "request": {
        const mdev = mdevOfUuid(host, operation.mdev);
        if (!mdev?.isBeingRemoved) return { r: "ENODEV" };
        requestDevice(host, mdev);
        return { r: 0 };
      }
      case "state":
        return { r: 0, st: operation.guests ? this.#reportAll() : reportState(host, sysfs) };
    }
  }

  /** The guest's CPU model has no AQIC, or that of the host has none. */
  #lacksInterrupts(guest: string): boolean {
    const { facts } = this.#booted().host.state;
    return facts.lacks.has("apqi") || this.#guests?.madeOf(guest).lacks.has("apqi") === true;
  }

  /** With what the guests' own buses show. */
  #reportAll(): StateReport {
    const { host, sysfs } = this.#booted();
    const inside = this.#guests ? this.#guests.each((player) => player.#reportAll()) : {};
    return { ...reportState(host, sysfs), inside };
  }

  #scan(host: Host, operation: Scan): void {
    switch (operation.part) {
      case "all":
        scan(host);
        break;
      case "notice":
        this.#configurationChanged = scanNotice(host);
        break;
      case "devices":
        scanDevices(host);
        break;
      case "device":
        if (host.state.holds(operation.q)) scanDevice(host, operation.q);
        break;
      case "complete":
        scanComplete(host, this.#configurationChanged);
        this.#configurationChanged = false;
        break;
    }
  }

  #write(sysfs: Sysfs, { path, value }: WriteOperation, i: number): Answer {
    const written = sysfs.write(path, value);
    if (!written.ok) return { r: written.errno };
    if (written.value.outcome === "stored") return { r: written.value.bytes };
    this.#waiting.set(this.#leaving, { i, bytes: written.value.bytes, uuid: this.#leaving });
    return { r: "blocked" };
  }

  #finishedWrites(): { i: number; r: number }[] {
    return this.#gone.flatMap((uuid) => {
      const write = this.#waiting.get(uuid);
      return write && this.#waiting.delete(uuid) ? [{ i: write.i, r: write.bytes }] : [];
    });
  }
}
