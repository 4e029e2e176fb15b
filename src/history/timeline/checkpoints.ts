// Moments of a player, kept in little room: only the words that differ from the first moment of the same size. A host with room for 256
// adapters and domains is a megabyte of words, and nearly all of them are zero or never change.
import type { PlayerState } from "../../system/trace/player.ts";

interface Kept {
  readonly moment: Omit<PlayerState, "words">;
  readonly base: Uint32Array;
  readonly places: Uint32Array;
  readonly words: Uint32Array;
}

export class Checkpoints {
  readonly #kept: Map<number, Kept>;
  /** The first moments, by their size in words. */
  readonly #bases: Map<number, Uint32Array>;
  #lent: Uint32Array | undefined;

  constructor(kept: Iterable<readonly [number, Kept]> = [], bases: Iterable<readonly [number, Uint32Array]> = []) {
    this.#kept = new Map(kept);
    this.#bases = new Map(bases);
  }

  /** @param moment its words are kept as they are: nobody may change them any more */
  keep(index: number, { words, ...moment }: PlayerState): void {
    const base = this.#bases.get(words.length);
    if (!base) {
      const nothing = new Uint32Array();
      this.#bases.set(words.length, words);
      this.#kept.set(index, { moment, base: words, places: nothing, words: nothing });
      return;
    }
    const places: number[] = [];
    for (let i = 0; i < words.length; i++) if (words[i] !== base[i]) places.push(i);
    const differing = Uint32Array.from(places, (place) => words[place] ?? 0);
    this.#kept.set(index, { moment, base, places: Uint32Array.from(places), words: differing });
  }

  /** The moment that was kept for this index, its words lent until the next call. @throws if there is none */
  get(index: number): PlayerState {
    const kept = this.#kept.get(index);
    if (!kept) throw new Error(`no moment was kept for ${index}`);
    // A user who moves through time asks many times a second: a new megabyte each time would keep the garbage collector busy.
    const words = this.#lent?.length === kept.base.length ? this.#lent : new Uint32Array(kept.base.length);
    this.#lent = words;
    words.set(kept.base);
    kept.places.forEach((place, i) => {
      words[place] = kept.words[i] ?? 0;
    });
    return { ...kept.moment, words };
  }

  has(index: number): boolean {
    return this.#kept.has(index);
  }

  /** A copy with the moments up to an index, which both share. */
  upTo(index: number): Checkpoints {
    return new Checkpoints(
      [...this.#kept].filter(([at]) => at <= index),
      this.#bases,
    );
  }
}
