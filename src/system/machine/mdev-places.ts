// Where the mdevs of a host with many of them stand: the slot of a UUID, the slot of a guest, the first free slot. The buffer is the
// truth. This is worked out from it when it is first asked for, follows what comes and goes, and is dropped when the buffer is replaced.
import type { Mdev } from "./mdev.ts";

/** With so few mdevs a search is faster, and whoever restores a host often need not pay for more. */
const FEW = 64;

interface Host {
  /** All slots, the free ones too. */
  readonly mdevs: readonly Mdev[];
  readonly mdevCount: number;
  mdevAt(n: number): Mdev;
}

export class MdevPlaces {
  readonly #host: Host;
  #byUuid: Map<string, Mdev> | undefined;
  #byGuest: Map<number, Mdev> | undefined;
  /** No slot before it is free. */
  #firstFree = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The buffer is another one. */
  forget(): void {
    this.#byUuid = undefined;
    this.#byGuest = undefined;
    this.#firstFree = 0;
  }

  ofUuid(words: readonly number[]): Mdev | undefined {
    if (this.#host.mdevCount <= FEW) return this.#search((mdev) => words.every((word, i) => mdev.uuidWord(i) === word));
    this.#byUuid ??= new Map(this.#all().map((mdev) => [keyOf(mdev), mdev]));
    return this.#byUuid.get(words.join());
  }

  ofGuest(guest: number): Mdev | undefined {
    if (this.#host.mdevCount <= FEW) return this.#search((mdev) => mdev.guest === guest);
    this.#byGuest ??= new Map(
      this.#all().flatMap((mdev) => (mdev.guest === undefined ? [] : [[mdev.guest, mdev] as const])),
    );
    return this.#byGuest.get(guest);
  }

  firstFree(): Mdev | undefined {
    const { mdevs, mdevCount } = this.#host;
    let slot = mdevCount <= FEW ? 0 : this.#firstFree;
    while (slot < mdevs.length && !mdevs[slot]?.isFree) slot++;
    this.#firstFree = slot;
    return mdevs[slot];
  }

  came(mdev: Mdev): void {
    this.#byUuid?.set(keyOf(mdev), mdev);
  }

  went(mdev: Mdev): void {
    this.#byUuid?.delete(keyOf(mdev));
    this.#firstFree = Math.min(this.#firstFree, mdev.index);
  }

  attached(mdev: Mdev, guest: number): void {
    this.#byGuest?.set(guest, mdev);
  }

  detached(guest: number): void {
    this.#byGuest?.delete(guest);
  }

  /** Oldest first: in a map the newest counts, as in a search. */
  #all(): Mdev[] {
    return Array.from({ length: this.#host.mdevCount }, (_, n) => this.#host.mdevAt(n)).reverse();
  }

  #search(isIt: (mdev: Mdev) => boolean): Mdev | undefined {
    const { mdevCount } = this.#host;
    for (let n = 0; n < mdevCount; n++) {
      const mdev = this.#host.mdevAt(n);
      if (isIt(mdev)) return mdev;
    }
    return undefined;
  }
}

const keyOf = (mdev: Mdev): string => [0, 1, 2, 3].map((i) => mdev.uuidWord(i)).join();
