// What a state of the model "inside" is: of the host and of every guest's Linux the masks, the devices and who has them. All else in the
// buffers either follows from it, or counts, or decides nothing here; lockstep.test.ts compares players whose other words differ.
import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Player } from "../../system/trace/player.ts";
import { range } from "../number-names.ts";
import { guestPaths } from "./inside-events.ts";
import type { InsideUniverse } from "./inside-universe.ts";

/** Writes the bits of a state one after the other. */
class Bits {
  readonly #words: Int32Array;
  readonly #at: number;
  count = 0;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  add(bit: boolean): void {
    if (bit) this.#words[this.#at + (this.count >>> 5)]! |= 1 << (this.count & 31);
    this.count++;
  }
}

export class InsideKey {
  readonly words: number;
  readonly #universe: InsideUniverse;
  /** Of each Linux how many mdevs it can have. */
  readonly #levels: readonly (readonly [path: string, mdevs: number])[];

  constructor(universe: InsideUniverse) {
    this.#universe = universe;
    const inner = (path: string): number => (universe.nested && !path.includes("/") ? 1 : 0);
    this.#levels = [["", universe.mdevs], ...guestPaths(universe).map((path) => [path, inner(path)] as const)];
    const { adapters, domains } = universe;
    const matrix = adapters + domains;
    const bits = this.#levels.map(([, mdevs]) => 1 + 3 * adapters * domains + 3 * matrix + mdevs * (2 + 3 * matrix));
    this.words = Math.ceil(bits.reduce((a, b) => a + b) / 32);
  }

  write(player: Player, words: Int32Array, at: number): void {
    words.fill(0, at, at + this.words);
    const bits = new Bits(words, at);
    for (const [path, mdevs] of this.#levels) this.#level(bits, path === "" ? player : player.guestPlayer(path), mdevs);
  }

  #level(bits: Bits, player: Player | undefined, mdevs: number): void {
    // The host is always there, so no state is all zeros.
    bits.add(player !== undefined);
    const state = player?.host.state;
    const { adapters, domains } = this.#universe;
    for (const a of range(adapters)) {
      for (const d of range(domains)) {
        const apqn = apqnOf(asApid(a), asApqi(d));
        bits.add(state?.devices.has(apqn) === true);
        bits.add(state?.vfioBound.has(apqn) === true);
        bits.add(state?.cexBound.has(apqn) === true);
      }
    }
    for (const matrix of [state?.qci, state?.info]) this.#product(bits, matrix);
    this.#mask(bits, state?.apmask, adapters);
    this.#mask(bits, state?.aqmask, domains);
    const there = state?.listedMdevs() ?? [];
    for (const n of range(mdevs))
      this.#mdev(
        bits,
        there.find(({ index }) => index === n),
      );
  }

  #mdev(bits: Bits, mdev: Mdev | undefined): void {
    bits.add(mdev !== undefined);
    bits.add(mdev?.isAttached === true);
    for (const matrix of [mdev?.matrix, mdev?.shadow, mdev?.guestMasks]) this.#product(bits, matrix);
  }

  #product(bits: Bits, matrix: Pick<Matrix, "apm" | "aqm"> | undefined): void {
    this.#mask(bits, matrix?.apm, this.#universe.adapters);
    this.#mask(bits, matrix?.aqm, this.#universe.domains);
  }

  #mask(bits: Bits, mask: { readonly has: (id: never) => boolean } | undefined, size: number): void {
    for (const id of range(size)) bits.add(mask?.has(id as never) === true);
  }
}
