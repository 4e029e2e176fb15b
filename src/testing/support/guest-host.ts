// A host for tests whose guests have a Linux of their own: operations as the lines of a trace have them, and what the guests' buses show.
import assert from "node:assert/strict";
import { AP_BUS, mdevPath } from "../../system/ap/paths.ts";
import type { Happening } from "../../system/machine/happening.ts";
import { attributeWrite, createWrite } from "../../system/sysfs/writes.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { JsonReader } from "../../system/trace/json-reader.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { Player } from "../../system/trace/player.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";

/** The mdev of this number; hosts and guests may have the same. */
export const mdevOf = (n: number): string => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

/** All queues are for guests: cards 04 and 05 with domains 0004 and 0047. */
const MACHINE = { op: "init", aps: [4, 5], doms: [4, 71], apmask: "0x0" } as const;

export interface Given {
  readonly adapters?: readonly number[];
  readonly domains?: readonly number[];
  /** The guest in which this is done. */
  readonly inside?: string;
  readonly mdev?: number;
}

export class GuestHost {
  readonly player: Player;
  #i = 0;

  /** @param machine other members of "init" */
  constructor(machine: object = {}, profile = "linux-7.3", listener?: (happening: Happening) => void) {
    const kernel = profileNamed(profile);
    assert.ok(kernel);
    this.player = new Player(kernel, listener);
    this.do({ ...MACHINE, guests: {}, ...machine });
  }

  do(operation: object, inside?: string): Answer {
    const whole = inside === undefined ? operation : { ...operation, in: inside };
    return this.player.apply(readOperation(new JsonReader(whole)), ++this.#i);
  }

  write(path: string, value: string, inside?: string): Answer {
    return this.do({ op: "write", path, value: `${value}\n` }, inside);
  }

  /** To a file of the bus. */
  bus(file: string, value: string, inside?: string): Answer {
    return this.write(`${AP_BUS}/${file}`, value, inside);
  }

  scan(inside?: string): Answer {
    return this.do({ op: "scan" }, inside);
  }

  /** Makes an mdev with these queues and starts a guest on it. @returns the answer of the start */
  start(guest: string, { adapters = [4, 5], domains = [4, 71], inside, mdev = 1 }: Given = {}): Answer {
    const uuid = mdevOf(mdev);
    const writes = [
      createWrite(uuid),
      ...adapters.map((id) => attributeWrite(uuid, "assign_adapter", `${id}`)),
      ...domains.map((id) => attributeWrite(uuid, "assign_domain", `${id}`)),
    ];
    for (const [path, value] of writes) {
      const { r } = this.write(path, value, inside);
      assert.equal(typeof r, "number", `${value} > ${path}: ${r}`);
    }
    return this.do({ op: "open", guest, mdev: uuid }, inside);
  }

  assign(what: string, id: number, { mdev = 1, inside }: Pick<Given, "mdev" | "inside"> = {}): Answer {
    return this.write(`${mdevPath(mdevOf(mdev))}/${what}`, `${id}`, inside);
  }

  /** What the bus of a guest shows, or the name of an error. */
  devices(inside?: string): string {
    const { r, l } = this.do({ op: "ls", path: `${AP_BUS}/devices` }, inside);
    return l === undefined ? `${r}` : l.join(" ");
  }

  /** A file below its /sys, without its newline, or the name of an error. */
  cat(path: string, inside?: string): string {
    const { r, t } = this.do({ op: "read", path }, inside);
    return t === undefined ? `${r}` : t.replace(/\n$/, "");
  }

  /** All words of the host and of the guests in it. */
  buffers(): string {
    const { player } = this;
    const all = player.guestPaths().map((path) => [path, player.guestPlayer(path)] as const);
    return [["", player] as const, ...all].map(([path, one]) => `${path}:${one?.host.state.words.join()}`).join("\n");
  }
}

/** What a bus shows. */
export const ALL = "04.0004 04.0047 05.0004 05.0047 card04 card05";
export const ONLY_04 = "04.0004 04.0047 card04";
export const ONLY_05 = "05.0004 05.0047 card05";

export const unbind = (host: GuestHost, queue: string): Answer => host.bus("drivers/vfio_ap/unbind", queue);
export const bind = (host: GuestHost, queue: string): Answer => host.bus("drivers/vfio_ap/bind", queue);

/** Guest g1 has all queues, and passes card 05 on to g2, which passes it on to g3. */
export function threeDeep(notice: "scan" | "at-once" = "scan", profile = "linux-7.3"): GuestHost {
  const g3 = { notice };
  const g2 = { notice, apmask: "0x0", guests: { g3 } };
  const g1 = { notice, apmask: "0xfbff", guests: { g2 } };
  const host = new GuestHost({ guests: { g1 } }, profile);
  host.start("g1");
  host.start("g2", { adapters: [5], inside: "g1", mdev: 2 });
  host.start("g3", { adapters: [5], inside: "g1/g2", mdev: 3 });
  return host;
}
