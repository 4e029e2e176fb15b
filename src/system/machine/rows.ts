// Queue state as rows: one mask over domains per adapter for yes-or-no facts, one word per queue for the rest.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, asApid } from "../ap/id.ts";
import { type Aqm, Mask } from "../ap/mask.ts";

/** A yes-or-no fact of every queue. */
export class QueueBits {
  readonly #rows: readonly Aqm[];
  /** The words of all rows: to keep and to compare. */
  readonly words: Uint32Array;

  constructor(words: Uint32Array, at: number, adapters: number, width: number) {
    this.words = words.subarray(at, at + adapters * width);
    this.#rows = Array.from({ length: adapters }, (_, apid) => new Mask<Apqi>(words, at + apid * width, width));
  }

  /** The domains of this adapter for which the fact holds. */
  row(apid: Apid): Aqm {
    return this.#rows[apid] as Aqm;
  }

  has(apqn: Apqn): boolean {
    return this.row(apidOf(apqn)).has(apqiOf(apqn));
  }

  add(apqn: Apqn): void {
    this.row(apidOf(apqn)).add(apqiOf(apqn));
  }

  remove(apqn: Apqn): void {
    this.row(apidOf(apqn)).remove(apqiOf(apqn));
  }

  set(apqn: Apqn, on: boolean): void {
    this.row(apidOf(apqn)).set(apqiOf(apqn), on);
  }

  /** It holds for no queue. */
  isEmpty(): boolean {
    const { words } = this;
    for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
    return true;
  }

  /** The queues for which it holds, ascending. For views and tests: it allocates. */
  queues(): Apqn[] {
    return this.#rows.flatMap((row, apid) => row.ids().map((apqi) => apqnOf(asApid(apid), apqi)));
  }
}

/** A number of `bits` bits of every queue, in a word that several of them share. */
export class QueueField {
  readonly #words: Uint32Array;
  readonly #at: number;
  readonly #domains: number;
  readonly #shift: number;
  readonly #mask: number;

  constructor(words: Uint32Array, at: number, domains: number, shift: number, bits: number) {
    this.#words = words;
    this.#at = at;
    this.#domains = domains;
    this.#shift = shift;
    this.#mask = 2 ** bits - 1;
  }

  #index(apqn: Apqn): number {
    return this.#at + (apqn >> 8) * this.#domains + (apqn & 0xff);
  }

  get(apqn: Apqn): number {
    return ((this.#words[this.#index(apqn)] as number) >>> this.#shift) & this.#mask;
  }

  set(apqn: Apqn, value: number): void {
    const i = this.#index(apqn);
    this.#words[i] = ((this.#words[i] as number) & ~(this.#mask << this.#shift)) | (value << this.#shift);
  }
}
