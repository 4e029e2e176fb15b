// Which guest may have left data in a queue since it was last zeroized. A guest that has a queue uses it, which the checker marks
// in the hardware: its interrupts are on. Whatever zeroizes a queue, or takes it from the machine, switches them off; so the rules
// themselves say what has been reset, and nobody has to listen to them.
import { asApid } from "../../system/ap/id.ts";
import { range } from "../number-names.ts";
import type { HostViews, World } from "./world.ts";

/** What a step can show: a guest has a queue that another one used and that was not reset since; a queue that a guest keeps was reset. */
export const PASSED_ON = 1;
export const ZEROIZED = 2;

export class Use {
  readonly #now: HostViews;
  readonly #before: HostViews;
  readonly #adapters: number;
  readonly #mdevs: number;
  /** The domains of each adapter that each guest had before the event. */
  readonly #had: Int32Array;
  readonly #interruptsAt: Int32Array;

  constructor({ now, before, universe }: World) {
    this.#now = now;
    this.#before = before;
    this.#adapters = universe.adapters;
    this.#mdevs = universe.mdevs;
    this.#had = new Int32Array(universe.adapters * universe.mdevs);
    this.#interruptsAt = Int32Array.from(range(universe.adapters), (a) => now.state.interrupts.row(asApid(a)).at);
  }

  /** Before any event of a state. */
  note(): void {
    for (let g = 0; g < this.#mdevs; g++) {
      for (let a = 0; a < this.#adapters; a++) this.#had[g * this.#adapters + a] = usable(this.#before, g, a);
    }
  }

  /** After an event: what was reset is clean, and every running guest uses what it has. Returns what that shows. */
  settle(): number {
    const { words, usedAt } = this.#now;
    const adapters = this.#adapters;
    let shown = 0;
    for (let g = 0; g < this.#mdevs; g++) {
      for (let a = 0; a < adapters; a++) {
        const i = usedAt + g * adapters + a;
        words[i]! &= words[this.#interruptsAt[a]!]!;
      }
    }
    for (let g = 0; g < this.#mdevs; g++) {
      for (let a = 0; a < adapters; a++) {
        const has = usable(this.#now, g, a);
        if (has === 0) continue;
        const i = usedAt + g * adapters + a;
        if ((has & this.#had[g * adapters + a]! & ~words[i]!) !== 0) shown |= ZEROIZED;
        for (let h = 0; h < this.#mdevs; h++) {
          const other = usedAt + h * adapters + a;
          if (h === g || (words[other]! & has) === 0) continue;
          shown |= PASSED_ON;
          words[other]! &= ~has;
        }
        words[i]! |= has;
        const at = this.#interruptsAt[a]!;
        words[at]! |= has;
      }
    }
    return shown;
  }

  /** The queue no longer counts as used by anybody: that its resets fail is the machine's fault. */
  excuse(adapter: number, domain: number): void {
    const { words, usedAt } = this.#now;
    for (let g = 0; g < this.#mdevs; g++) {
      const i = usedAt + g * this.#adapters + adapter;
      words[i]! &= ~(1 << domain);
    }
    const at = this.#interruptsAt[adapter]!;
    words[at]! &= ~(1 << domain);
  }
}

/** The domains of an adapter that a guest has, as far as the machine answers. */
function usable({ state, words }: HostViews, g: number, a: number): number {
  const { guestMasks, isAttached } = state.mdevs[g]!;
  const apid = asApid(a);
  if (!isAttached || !guestMasks.apm.has(apid) || !state.machine.apm.has(apid)) return 0;
  if (state.deconfigured.has(apid) || state.checkstopped.has(apid)) return 0;
  const domains = words[guestMasks.aqm.at]! & words[state.machine.aqm.at]!;
  return domains & ~words[state.faulty.row(apid).at]!;
}
