// Where a program works: on a host, or inside a guest of it, at any depth. All places of one host share its player.

import { UserError } from "../guards/user-error.ts";
import { operationsFromWords } from "../history/scenario/event-words.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { Answer } from "../system/trace/answer.ts";
import { optionalGuests } from "../system/trace/guest-made-json.ts";
import { JsonReader, MalformedError } from "../system/trace/json-reader.ts";
import { NOT_INSIDE, type Operation } from "../system/trace/operation.ts";
import { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";

interface Life {
  readonly player: Player;
  operations: number;
}

/** A player of its own that goes on from a host, with the insides of its guests if it has them. */
export function playerFrom(host: Host, inside: Player | undefined): Player {
  if (!inside) return new Player(host.profile, undefined, host);
  const player = new Player(host.profile);
  player.restore(inside.save());
  return player;
}

export class Place {
  readonly #life: Life;
  /** undefined: the host. */
  readonly #path: string | undefined;

  private constructor(life: Life, path: string | undefined) {
    this.#life = life;
    this.#path = path;
  }

  static on(player: Player): Place {
    return new Place({ player, operations: 0 }, undefined);
  }

  /** @throws UserError the guest does not run any more */
  get player(): Player {
    const { player } = this.#life;
    if (this.#path === undefined) return player;
    const guest = player.guestPlayer(this.#path);
    if (!guest) throw new UserError(`guest ${JSON.stringify(this.#path)} does not run any more`);
    return guest;
  }

  apply(operation: Operation): Answer {
    const path = [
      ...(this.#path === undefined ? [] : [this.#path]),
      ...(operation.in === undefined ? [] : [operation.in]),
    ];
    const placed = path.length === 0 ? operation : { ...operation, in: path.join("/") };
    return this.#life.player.apply(placed, ++this.#life.operations);
  }

  /** @throws UserError words that are not understood, or that nobody can do in a guest */
  happen(words: string): readonly Answer[] {
    const { host } = this.player;
    const read = operationsFromWords(
      words,
      host.state.listedMdevs().map((mdev) => [mdevName(mdev), mdevName(mdev)]),
    );
    if (!read.ok) throw new UserError(`"${words}": column ${read.error.column}: expected ${read.error.expected}`);
    if (this.#path !== undefined && read.value.some(({ op }) => NOT_INSIDE.includes(op)))
      throw new UserError(`"${words}": not in a guest: its machine is its host's`);
    return read.value.map((operation) => this.apply(operation));
  }

  /** @throws UserError no such guest runs, or guests have no Linux */
  guest(path: string): Place {
    const { player } = this;
    if (player.guestPlayer(path))
      return new Place(this.#life, this.#path === undefined ? path : `${this.#path}/${path}`);
    throw new UserError(
      player.hasInside
        ? `no guest ${JSON.stringify(path)} runs; those that do: ${player.guestPaths().join(", ") || "none"}`
        : "no guest has a Linux of its own: bootGuests() gives them one",
    );
  }

  /** @throws UserError for what guests cannot be made of */
  bootGuests(made: Readonly<Record<string, unknown>>): void {
    try {
      this.player.giveGuestsLinux(optionalGuests(new JsonReader({ guests: made })).guests ?? new Map());
    } catch (error) {
      throw error instanceof MalformedError ? new UserError(`guests: expected ${error.message}`) : error;
    }
  }
}
