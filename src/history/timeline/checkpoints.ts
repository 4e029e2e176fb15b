// Moments of a player, kept in little room: of each only the words that differ from the first one of the same size. A host with room
// for 256 adapters and domains is a megabyte of words, nearly all of them zero or the same all the time.
import type { Moment } from "../../system/trace/player.ts";

interface Kept {
  readonly moment: Omit<Moment, "words">;
  readonly base: Uint32Array;
  readonly places: Uint32Array;
  readonly words: Uint32Array;
}

export class Checkpoints {
  readonly #kept: Map<number, Kept>;
  /** By length. */
  readonly #bases: Map<number, Uint32Array>;
  #lent: Uint32Array | undefined;

  constructor(kept: Iterable<readonly [number, Kept]> = [], bases: Iterable<readonly [number, Uint32Array]> = []) {
    this.#kept = new Map(kept);
    this.#bases = new Map(bases);
  }

  keep(index: number, { words, ...moment }: Moment): void {
    let base = this.#bases.get(words.length);
    if (!base) {
      base = words.slice();
      this.#bases.set(words.length, base);
    }
    const places: number[] = [];
    for (let i = 0; i < words.length; i++) if (words[i] !== base[i]) places.push(i);
    const differing = Uint32Array.from(places, (place) => words[place] as number);
    this.#kept.set(index, { moment, base, places: Uint32Array.from(places), words: differing });
  }

  /** The moment that was kept for this index, its words lent until the next call. @throws if there is none */
  get(index: number): Moment {
    const kept = this.#kept.get(index);
    if (!kept) throw new Error(`no moment was kept for ${index}`);
    // Somebody who scrubs asks many times a second: a megabyte for each would keep the garbage collector busy.
    const words = this.#lent?.length === kept.base.length ? this.#lent : new Uint32Array(kept.base.length);
    this.#lent = words;
    words.set(kept.base);
    for (let i = 0; i < kept.places.length; i++) words[kept.places[i] as number] = kept.words[i] as number;
    return { ...kept.moment, words };
  }

  has(index: number): boolean {
    return this.#kept.has(index);
  }

  /** Those up to an index, shared with the copy. */
  upTo(index: number): Checkpoints {
    return new Checkpoints(
      [...this.#kept].filter(([at]) => at <= index),
      this.#bases,
    );
  }
}
