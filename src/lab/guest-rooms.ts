// Where commands in guests run, and where they hear uevents: for each guest namespaces of its own, made when they are needed first, which
// end with the guest.
import { join } from "node:path";
import { reasonOf, UserError } from "../guards/user-error.ts";
import { quoted } from "../system/ap/quoted.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { beginFiles, CommandNamespace, endFiles, type LabFiles, type NamespaceOptions } from "./command-namespace.ts";
import type { FuseMount } from "./fuse/fuse-mount.ts";
import { hasPlace, placeOf } from "./guest-places.ts";
import type { Lab } from "./lab.ts";
import { sendUevents, type UeventSender } from "./uevent-sender.ts";

interface Room {
  /** It is a room of this boot of the guest. */
  readonly host: Host;
  readonly files: LabFiles;
  readonly commands: CommandNamespace;
  uevents: Promise<UeventSender> | undefined;
}

export class GuestRooms {
  readonly #lab: Lab;
  readonly #mounted: { readonly mount: FuseMount; readonly directory: string } | undefined;
  readonly #options: Omit<NamespaceOptions, "sys" | "mount">;
  readonly #rooms = new Map<string, Room>();
  /** Rooms that are being left, by the guest's path: until then their files are in the way of the next boot's. */
  readonly #left = new Map<string, Promise<unknown>>();
  readonly #deafen: () => void;
  #isStopped = false;

  /** @param options of the host's own commands */
  constructor(
    lab: Lab,
    mounted: { readonly mount: FuseMount; readonly directory: string } | undefined,
    options: Omit<NamespaceOptions, "sys" | "mount">,
  ) {
    this.#lab = lab;
    this.#mounted = mounted;
    this.#options = options;
    this.#deafen = lab.listen({ answered: () => void this.#leave() });
  }

  /** A process in the namespace of a guest's commands, and the root for tools there. @throws UserError */
  async enter(path: string): Promise<{ readonly pid: number; readonly root: string }> {
    const { commands, files } = await this.#room(path);
    return { pid: await commands.enter(), root: join(files.directory, "root") };
  }

  /** A process in the network namespace where a guest's uevents are. @throws UserError */
  async network(path: string): Promise<number> {
    const room = await this.#room(path);
    room.uevents ??= sendUevents(this.#lab, this.#mounted?.mount, path).catch((error) => {
      // The next command tries again.
      room.uevents = undefined;
      throw error;
    });
    return (await room.uevents).pid;
  }

  /** The processes that hold the guests' namespaces; undefined once they may be gone, because the lab ends. */
  get holders(): readonly number[] | undefined {
    if (this.#isStopped) return undefined;
    return [...this.#rooms.values()].flatMap(({ commands }) => commands.pid ?? []);
  }

  async #room(path: string): Promise<Room> {
    while (this.#left.has(path)) await this.#left.get(path);
    // What was made now would outlive the lab.
    if (this.#isStopped) throw new UserError("the lab ends");
    const host = this.#lab.player.guestPlayer(path)?.host;
    if (!host) throw new UserError(noGuest(this.#lab, path));
    if (!hasPlace(path))
      throw new UserError(
        `guest ${quoted(path)} has no directory in the lab: its name is too long; start it under a shorter one`,
      );
    if (!this.#mounted) throw new UserError("the lab is not mounted; bring it up with --mount DIR");
    const known = this.#rooms.get(path);
    if (known?.host === host) return known;
    const { directory: mount } = this.#mounted;
    const place = Buffer.from(placeOf(path), "latin1").toString();
    const { files, through } = this.#options;
    const directory = join(files.directory, place);
    const own = { directory, isKept: files.isKept };
    beginFiles(own);
    const commands = new CommandNamespace({
      ...this.#options,
      mount,
      sys: join(mount, place),
      files: own,
      through: [...through, files.directory],
    });
    const room: Room = { host, files: own, commands, uevents: undefined };
    this.#rooms.set(path, room);
    return room;
  }

  /** Guests are gone, or have booted again. */
  async #leave(all = false): Promise<void> {
    const gone = [...this.#rooms].filter(
      ([path, { host }]) => all || this.#lab.player.guestPlayer(path)?.host !== host,
    );
    for (const [path, room] of gone) {
      this.#rooms.delete(path);
      const left = this.#empty(room).finally(() => this.#left.delete(path));
      this.#left.set(path, left);
    }
    await Promise.all(this.#left.values());
  }

  async #empty({ commands, uevents, files }: Room): Promise<void> {
    void uevents?.then((sender) => sender.stop()).catch(() => undefined);
    await commands.stop();
    try {
      endFiles(files);
    } catch (error) {
      this.#options.complain(`the files of a guest in ${files.directory} stay: ${reasonOf(error)}`);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#deafen();
    await this.#leave(true);
  }
}

/** Names that a sentence has room for. */
const NAMED = 8;

/** Why nothing can be done in a guest, and what helps. */
export function noGuest({ hasInside, player }: Pick<Lab, "hasInside" | "player">, path: string): string {
  if (!hasInside)
    return "guests of this lab have no Linux of their own; bring it up with --guests, or with guests in its description";
  if (player.guestNames.includes(path))
    return `guest ${quoted(path)} cannot be reached, because of the slash in its name; start it under another`;
  const running = player.guestPaths();
  const more = running.length > NAMED ? ` and ${running.length - NAMED} more` : "";
  const named = running.slice(0, NAMED).map((one) => quoted(one));
  const those = running.length === 0 ? "none does" : `those that do: ${named.join(", ")}${more}`;
  return `no guest ${quoted(path)} runs; ${those}`;
}
