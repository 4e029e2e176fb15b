// Moments of a player, kept in little room: only the words that differ from the first moment of the same size. A host with room for 256
// adapters and domains is a megabyte of words, and nearly all of them are zero or never change; so is each guest with a Linux of its own.
import type { GuestsMade } from "../../system/trace/guest-made.ts";
import type { PlayerState } from "../../system/trace/player.ts";

interface Kept {
  readonly moment: Omit<PlayerState, "words" | "inside">;
  readonly base: Uint32Array;
  readonly places: Uint32Array;
  readonly words: Uint32Array;
  readonly inside: { readonly made: GuestsMade; readonly guests: readonly KeptGuest[] } | undefined;
}

interface KeptGuest {
  readonly name: string;
  readonly player: Kept;
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

  /** @param state its words are kept as they are: nobody may change them any more */
  keep(index: number, state: PlayerState): void {
    this.#kept.set(index, this.#withoutRepeats(state));
  }

  #withoutRepeats({ words, inside, ...moment }: PlayerState): Kept {
    const base = this.#bases.get(words.length) ?? words;
    if (base === words) this.#bases.set(words.length, words);
    const places: number[] = [];
    if (base !== words) for (let i = 0; i < words.length; i++) if (words[i] !== base[i]) places.push(i);
    return {
      moment,
      base,
      places: Uint32Array.from(places),
      words: Uint32Array.from(places, (place) => words[place] ?? 0),
      inside: inside && {
        made: inside.made,
        guests: inside.guests.map(({ name, player }) => ({ name, player: this.#withoutRepeats(player) })),
      },
    };
  }

  /** The moment that was kept for this index, its words lent until the next call. @throws if there is none */
  get(index: number): PlayerState {
    const kept = this.#kept.get(index);
    if (!kept) throw new Error(`no moment was kept for ${index}`);
    // A user who moves through time asks many times a second: a new megabyte each time would keep the garbage collector busy.
    const words = this.#lent?.length === kept.base.length ? this.#lent : new Uint32Array(kept.base.length);
    this.#lent = words;
    return whole(kept, words);
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

function whole({ moment, base, places, words: differing, inside }: Kept, words: Uint32Array): PlayerState {
  words.set(base);
  places.forEach((place, i) => {
    words[place] = differing[i] ?? 0;
  });
  if (!inside) return { ...moment, words };
  const guests = inside.guests.map(({ name, player }) => ({
    name,
    player: whole(player, new Uint32Array(player.base.length)),
  }));
  return { ...moment, words, inside: { made: inside.made, guests } };
}
