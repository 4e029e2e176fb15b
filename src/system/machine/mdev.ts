// One mediated device: its record in the buffer as named fields, with the masks of its guest beside it, because an mdev has
// at most one guest and a guest at most one mdev.
import { asMdevIndex, type MdevIndex } from "../ap/id.ts";
import { type Adm, type Apm, type Aqm, Mask } from "../ap/mask.ts";
import { type Layout, MDEV_HEAD } from "./layout.ts";

/** Adapters, domains and control domains. What a guest can use is all adapters times all domains. */
export class Matrix {
  readonly apm: Apm;
  readonly aqm: Aqm;
  readonly adm: Adm;

  constructor(words: Uint32Array, at: number, adapterWidth: number, domainWidth: number) {
    this.apm = new Mask(words, at, adapterWidth);
    this.aqm = new Mask(words, at + adapterWidth, domainWidth);
    this.adm = new Mask(words, at + adapterWidth + domainWidth, domainWidth);
  }

  clear(): void {
    this.apm.clear();
    this.aqm.clear();
    this.adm.clear();
  }

  /** Of masks that may be wider: ids that this matrix cannot hold are left out. */
  copy(other: { readonly apm: Apm; readonly aqm: Aqm; readonly adm: Adm }): void {
    this.apm.copy(other.apm);
    this.aqm.copy(other.aqm);
    this.adm.copy(other.adm);
  }

  equals(other: Matrix): boolean {
    return this.apm.equals(other.apm) && this.aqm.equals(other.aqm) && this.adm.equals(other.adm);
  }
}

/** A slot is free, or holds an mdev, or one whose removal waits for its guest. */
export const MDEV_STATE = { free: 0, there: 1, removing: 2 } as const;

const STATE = 0;
const GUEST = 1;
const UUID = 2;
const EVENTFDS = 6;

export class Mdev {
  readonly index: MdevIndex;
  /** What the administrator assigned. */
  readonly matrix: Matrix;
  /** The shadow APCB: what the guest has, or would get. */
  readonly shadow: Matrix;
  /** Host additions that wait for the end of the scan. */
  readonly pending: Matrix;
  /** The masks the guest runs with; all off while there is no guest. */
  readonly guestMasks: Matrix;
  readonly #words: Uint32Array;
  readonly #at: number;

  constructor(words: Uint32Array, layout: Layout, index: number) {
    const at = layout.mdevRecords + index * layout.mdevSize;
    const matrix = (n: number) =>
      new Matrix(
        words,
        at + MDEV_HEAD + n * (layout.adapterWidth + 2 * layout.domainWidth),
        layout.adapterWidth,
        layout.domainWidth,
      );
    this.index = asMdevIndex(index);
    this.matrix = matrix(0);
    this.shadow = matrix(1);
    this.pending = matrix(2);
    this.guestMasks = matrix(3);
    this.#words = words;
    this.#at = at;
  }

  get isFree(): boolean {
    return this.#words[this.#at + STATE] === MDEV_STATE.free;
  }

  get isBeingRemoved(): boolean {
    return this.#words[this.#at + STATE] === MDEV_STATE.removing;
  }

  setState(state: keyof typeof MDEV_STATE): void {
    this.#words[this.#at + STATE] = MDEV_STATE[state];
  }

  get isAttached(): boolean {
    return this.#words[this.#at + GUEST] !== 0;
  }

  /** The guest's number in the host's list of names; undefined while not attached. */
  get guest(): number | undefined {
    const guest = this.#words[this.#at + GUEST] as number;
    return guest === 0 ? undefined : guest - 1;
  }

  set guest(guest: number | undefined) {
    this.#words[this.#at + GUEST] = guest === undefined ? 0 : guest + 1;
  }

  /** One of the four words of the UUID, i 0..3, the first digits in word 0. */
  uuidWord(i: number): number {
    return this.#words[this.#at + UUID + i] as number;
  }

  setUuidWord(i: number, word: number): void {
    this.#words[this.#at + UUID + i] = word;
  }

  /** Whether an eventfd is installed for this IRQ index (0 request, 1 configuration change). */
  hasEventfd(index: number): boolean {
    return ((this.#words[this.#at + EVENTFDS] as number) & (1 << index)) !== 0;
  }

  setEventfd(index: number, on: boolean): void {
    const word = this.#words[this.#at + EVENTFDS] as number;
    this.#words[this.#at + EVENTFDS] = on ? word | (1 << index) : word & ~(1 << index);
  }

  /** All words zero: as if the slot had never been used. */
  wipe(): void {
    this.#words.fill(0, this.#at, this.guestMasks.adm.at + this.guestMasks.adm.width);
  }
}
