// One mediated device: its record in the buffer as named fields, with the masks of its guest beside it, because an mdev has
// at most one guest and a guest at most one mdev.

import { asMdevIndex, type MdevIndex } from "../ap/id.ts";
import { Mask } from "../ap/mask.ts";
import type { Matrix } from "../ap/matrix.ts";
import { type Layout, MDEV_HEAD } from "./layout.ts";

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
    const { adapterWidth, domainWidth } = layout;
    const matrix = (n: number): Matrix => {
      const apm = at + MDEV_HEAD + n * (adapterWidth + 2 * domainWidth);
      const aqm = apm + adapterWidth;
      return {
        apm: new Mask(words, apm, adapterWidth),
        aqm: new Mask(words, aqm, domainWidth),
        adm: new Mask(words, aqm + domainWidth, domainWidth),
      };
    };
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
