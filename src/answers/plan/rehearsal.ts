// A copy of a host on which writes are tried while a tally counts what running guests lose (tally.ts).
import type { Result } from "../../system/ap/result.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Written } from "../../system/sysfs/sysfs.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import { WhatIf } from "../explain/what-if.ts";
import type { Allowance } from "./allowance.ts";
import { compactState } from "./compact.ts";
import { type SavedTally, Tally } from "./tally.ts";
import type { Target } from "./targets.ts";

/** What was written, the last write first, so that many ways can share their beginning. */
interface Steps {
  readonly last: Write;
  readonly before: Steps | undefined;
  readonly count: number;
}

/** Host, tally and writes, to come back to. */
export interface Saved {
  readonly words: Uint32Array;
  readonly tally: SavedTally;
  readonly steps: Steps | undefined;
}

export class Rehearsal {
  readonly host: Host;
  readonly tally = new Tally();
  readonly #copy: WhatIf;
  #steps: Steps | undefined;
  /** The last write that was refused, and its answer. */
  refused: { readonly write: Write; readonly errno: string } | undefined;

  constructor(original: Host, targets: readonly Target[], allowed?: Allowance) {
    const { state, profile } = original;
    const needed = state.mdevCount + targets.filter(({ uuid }) => !mdevNamed(original, uuid)).length;
    // There is room for all of them from the start, so the buffer never moves and every saved one fits.
    const copy = compactState(state, targets, needed);
    this.host = newHost(copy, profile, vfioApDriver, (happening) => this.tally.hear(this.host, happening));
    this.#copy = new WhatIf(original, this.host);
    this.tally.watchAll(this.host, targets, allowed);
  }

  get steps(): readonly Write[] {
    const steps: Write[] = [];
    for (let at = this.#steps; at; at = at.before) steps.push(at.last);
    return steps.reverse();
  }

  get stepCount(): number {
    return this.#steps?.count ?? 0;
  }

  mdev(uuid: string): Mdev | undefined {
    return this.#copy.mdev(uuid);
  }

  /** @returns the write's answer; if it was not refused, it is now a step */
  try(write: Write): Result<Written> {
    const result = this.#copy.try(write);
    if (!result.ok) {
      this.refused = { write, errno: result.errno };
      return result;
    }
    this.#steps = { last: write, before: this.#steps, count: this.stepCount + 1 };
    this.tally.tick();
    return result;
  }

  /** Writes them in order, up to the first that is refused; @returns whether none was */
  write(writes: readonly Write[]): boolean {
    return writes.every((write) => this.try(write).ok);
  }

  save(): Saved {
    return { words: this.#copy.save(), tally: this.tally.save(), steps: this.#steps };
  }

  restore({ words, tally, steps }: Saved): void {
    this.#copy.restore(words);
    this.tally.restore(tally);
    this.#steps = steps;
  }
}
