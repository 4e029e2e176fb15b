// Links after an event, compared word by word: states leave them out where they follow from the rest (followers.ts), so the host itself is
// asked after every event, and this must be fast.
import { asApid } from "../../system/ap/id.ts";
import { range } from "../number-names.ts";
import type { World } from "./world.ts";

export class Links {
  readonly #words: Uint32Array;
  /** Where the masks of each mdev's matrix stand: adapters, domains. */
  readonly #matrices: Int32Array;
  /** Where the rows of each adapter stand: bound, linked. */
  readonly #rows: Int32Array;
  readonly #onlyIf: boolean;

  /** @param onlyIf a queue that is bound and assigned need not be linked */
  constructor({ now, universe }: World, onlyIf: boolean) {
    this.#words = now.words;
    this.#onlyIf = onlyIf;
    const { vfioBound, linked, mdevs } = now.state;
    const rows = range(universe.adapters).map(asApid);
    this.#rows = Int32Array.from(rows.flatMap((apid) => [vfioBound.row(apid).at, linked.row(apid).at]));
    const matrices = range(universe.mdevs).map((g) => mdevs[g]!.matrix);
    this.#matrices = Int32Array.from(matrices.flatMap(({ apm, aqm }) => [apm.at, aqm.at]));
  }

  /** A queue is linked if and only if it is bound and in some matrix. */
  hold(): boolean {
    const words = this.#words;
    for (let a = 0; a < this.#rows.length; a += 2) {
      let assigned = 0;
      for (let m = 0; m < this.#matrices.length; m += 2) {
        const hasAdapter = (words[this.#matrices[m]!]! >>> (a >>> 1)) & 1;
        if (hasAdapter === 1) assigned |= words[this.#matrices[m + 1]!]!;
      }
      const expected = assigned & words[this.#rows[a]!]!;
      const linked = words[this.#rows[a + 1]!]!;
      if ((linked & ~expected) !== 0 || (!this.#onlyIf && linked !== expected)) return false;
    }
    return true;
  }
}
