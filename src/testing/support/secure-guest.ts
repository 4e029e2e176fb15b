// A Secure Execution guest for tests: its queues' files by short names, and operations as the lines of a trace have them.
import assert from "node:assert/strict";
import type { Happening } from "../../system/machine/happening.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { JsonReader } from "../../system/trace/json-reader.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { Player } from "../../system/trace/player.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";

/** Cards 04 (accelerator), 05 (EP11) and 06 (CCA) with domains 0006 and 0007. */
export const SECURE_MACHINE = {
  op: "init",
  apsb: 1,
  se: 1,
  aps: [4, 5, 6],
  doms: [6, 7],
  modes: { "04": "accel", "05": "ep11" },
} as const;

export class SecureGuest {
  readonly player: Player;
  #i = 0;

  constructor(profile = "linux-7.3", machine: object = SECURE_MACHINE, listener?: (happening: Happening) => void) {
    const kernel = profileNamed(profile);
    assert.ok(kernel);
    this.player = new Player(kernel, listener);
    this.do(machine);
  }

  do(operation: object): Answer {
    return this.player.apply(readOperation(new JsonReader(operation)), ++this.#i);
  }

  /** The text of a file without its newline, or the name of an error. */
  read(queue: string, file: string): string {
    const { r, t } = this.do({ op: "read", path: `bus/ap/devices/${queue}/${file}` });
    return t === undefined ? `${r}` : t.replace(/\n$/, "");
  }

  /** "ok", or the name of an error. */
  write(queue: string, file: string, value: string): string {
    const { r } = this.do({ op: "write", path: `bus/ap/devices/${queue}/${file}`, value });
    if (typeof r === "string") return r;
    assert.equal(r, value.length);
    return "ok";
  }

  /** To a file of the bus. */
  bus(file: string, value: string): Answer {
    return this.do({ op: "write", path: `bus/ap/${file}`, value });
  }

  get words(): Uint32Array {
    return this.player.host.state.words.slice();
  }
}
