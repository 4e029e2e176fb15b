// The guests of a host that have a Linux of their own: each is a player on a machine that is what the host gives its guest. They come and
// go with the guests, and follow the host after each of its operations; what happens in them goes down through `Beneath`.
import { newMatrix, setMatrix } from "../ap/matrix.ts";
import { followHost } from "../machine/guest-machine.ts";
import type { Happening } from "../machine/happening.ts";
import type { Mdev } from "../machine/mdev.ts";
import { mdevOf } from "../vfio-ap/guest.ts";
import { CONFIG_CHANGE_IRQ } from "../vfio-ap/guest-masks.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { profileNamed } from "../vfio-ap/profiles.ts";
import { setEventfd } from "../vfio-ap/vfio-device.ts";
import type { Answer } from "./answer.ts";
import { connectGuest } from "./boot-guest.ts";
import { DEFAULT_GUEST, type GuestMade, type GuestsMade, type Notice } from "./guest-made.ts";
import type { Player, PlayerState } from "./player.ts";

/** Makes the player of the guest of this name, which has not booted. */
export type NewPlayer = (name: string, profile: Profile) => Player;

/** What a guest's host keeps of it. */
export interface GuestState {
  readonly name: string;
  readonly player: PlayerState;
}

/** For how many more guests there is room, at all depths of one outermost host: each takes more than a megabyte. */
export interface Room {
  left: number;
}
export const MOST_GUESTS = 256;

/** A guest with a Linux, and all that are in it. */
const roomOf = (player: Player): number => 1 + player.guestPaths().length;

export class GuestMachines {
  readonly made: GuestsMade;
  readonly #room: Room;
  readonly #newPlayer: NewPlayer;
  readonly #running = new Map<string, Player>();
  /** Those that were told of a change, and those that boot again, during the operation that is carried out. */
  readonly #told = new Set<number>();
  readonly #booting = new Set<number>();
  readonly #given = newMatrix();

  constructor(made: GuestsMade, room: Room, newPlayer: NewPlayer) {
    this.made = made;
    this.#room = room;
    this.#newPlayer = newPlayer;
  }

  get(name: string): Player | undefined {
    return this.#running.get(name);
  }

  /** In the order in which they were started. */
  names(): string[] {
    return [...this.#running.keys()];
  }

  /** What is asked of each, by name. */
  each<T>(ask: (player: Player) => T): Record<string, T> {
    return Object.fromEntries([...this.#running].map(([name, player]) => [name, ask(player)]));
  }

  madeOf(name: string): GuestMade {
    return this.made.get(name) ?? DEFAULT_GUEST;
  }

  /** Whether it is told of changes now. */
  noticeOf(host: Host, name: string): Notice {
    const mdev = mdevOf(host, host.state.names.numberOf(name));
    return this.madeOf(name).notice !== "scan" && mdev?.hasEventfd(CONFIG_CHANGE_IRQ) === true ? "at-once" : "scan";
  }

  /** Something happened on the host. */
  hear(happening: Happening, { state }: Host): void {
    if (happening.kind === "guest-detached") this.#end(state.names.nameOf(happening.guest));
    if (happening.kind !== "eventfd-signalled" || happening.index !== CONFIG_CHANGE_IRQ) return;
    const guest = state.mdevs[happening.mdev]?.guest;
    if (guest !== undefined && this.madeOf(state.names.nameOf(guest)).notice !== "scan") this.#told.add(guest);
  }

  #end(name: string): void {
    const player = this.#running.get(name);
    if (player) this.#room.left += roomOf(player);
    this.#running.delete(name);
  }

  /** The guest's process has reset its device: the guest boots again. */
  boots(guest: number): void {
    this.#booting.add(guest);
  }

  /**
   * An operation on the host is over: guests that came boot, those that were told scan, and every machine is as the host left it.
   *
   * @param i the operation's number
   * @returns by guest, what those answered that scanned of themselves
   */
  follow(host: Host, i: number): Record<string, Answer> | undefined {
    const answers = new Map<string, Answer>();
    const { state } = host;
    for (let n = state.mdevCount - 1; n >= 0; n--) {
      const mdev = state.mdevAt(n);
      const { guest } = mdev;
      if (guest === undefined) continue;
      const name = state.names.nameOf(guest);
      setMatrix(this.#given, mdev.guestMasks);
      const player = this.#running.get(name);
      if (!player || this.#booting.has(guest)) {
        this.#boot(host, mdev, guest);
        continue;
      }
      followHost(player.host.state, state, this.#given);
      const answer = player.hostDid(this.#told.has(guest), i);
      if (answer) answers.set(name, answer);
    }
    this.#told.clear();
    this.#booting.clear();
    return answers.size > 0 ? Object.fromEntries(answers) : undefined;
  }

  /** A guest's process that starts asks to be told of changes. A host whose kernel cannot tell refuses. */
  #asksToBeTold(host: Host, mdev: Mdev, name: string): void {
    const { notice } = this.madeOf(name);
    if (notice === "at-once" || (notice === undefined && this.#profileOf(host, name).irqs > CONFIG_CHANGE_IRQ))
      setEventfd(host, mdev, CONFIG_CHANGE_IRQ, true);
  }

  #boot(host: Host, mdev: Mdev, guest: number): void {
    const name = host.state.names.nameOf(guest);
    const before = this.#running.get(name);
    if (before) this.#room.left += roomOf(before);
    if (this.#room.left === 0) return;
    this.#room.left--;
    if (!before) this.#asksToBeTold(host, mdev, name);
    this.#player(host, name).bootGuest({ host, guest, given: this.#given }, this.madeOf(name));
  }

  #profileOf(host: Host, name: string): Profile {
    const { profile } = this.madeOf(name);
    return (profile === undefined ? undefined : profileNamed(profile)) ?? host.profile;
  }

  #player(host: Host, name: string): Player {
    const player = this.#newPlayer(name, this.#profileOf(host, name));
    this.#running.set(name, player);
    return player;
  }

  save(): readonly GuestState[] {
    return [...this.#running].map(([name, player]) => ({ name, player: player.save() }));
  }

  /** The guests of another moment; their host is at that moment already. */
  restore(host: Host, guests: readonly GuestState[]): void {
    const before = new Map(this.#running);
    this.#running.clear();
    for (const { name, player: saved } of guests) {
      const known = before.get(name);
      const player = known ?? this.#player(host, name);
      this.#running.set(name, player);
      player.restore(saved);
      const guest = host.state.names.numberOf(name);
      const mdev = mdevOf(host, guest);
      if (mdev) setMatrix(this.#given, mdev.guestMasks);
      connectGuest(player.host.state, { host, guest, given: this.#given });
      // Its own guests came back before it had its machine.
      player.hostDid(false, 0);
    }
  }
}
