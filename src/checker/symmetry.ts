// States that differ only in the numbers of adapters, domains and mdevs: all renamings of a state are tried, and the smallest result
// stands for all. A renaming moves bits; where the bits of each byte go is worked out once.
import { range } from "./number-names.ts";

/** What a bit of a state belongs to, by which it is found again after a renaming. */
export interface StateBit {
  readonly variable: string;
  readonly adapter?: number | undefined;
  readonly domain?: number | undefined;
  readonly mdev?: number | undefined;
  /** Which bit of a number. */
  readonly bit?: number | undefined;
}

/** What the bits of a state are, by their places. */
type StateBits = ReadonlyMap<number, StateBit>;

interface Sizes {
  readonly adapters: number;
  readonly domains: number;
  readonly mdevs: number;
}

type Renaming = Readonly<Record<"adapter" | "domain" | "mdev", readonly number[]>>;

const BYTES = 4;
const VALUES = 256;

/** With more renamings than this, every state would take too long. */
const MOST_RENAMINGS = 5040;

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** All orders of 0 to n - 1. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((shorter) =>
    range(n).map((at) => [...shorter.slice(0, at), n - 1, ...shorter.slice(at)]),
  );
}

/** All renamings but the one that changes nothing. */
function renamings({ adapters, domains, mdevs }: Sizes): readonly Renaming[] {
  const all = permutations(adapters).flatMap((adapter) =>
    permutations(domains).flatMap((domain) => permutations(mdevs).map((mdev) => ({ adapter, domain, mdev }))),
  );
  const isNothing = (renamed: readonly number[]) => renamed.every((to, from) => to === from);
  return all.filter(({ adapter, domain, mdev }) => !(isNothing(adapter) && isNothing(domain) && isNothing(mdev)));
}

const nameOf = ({ variable, adapter = -1, domain = -1, mdev = -1, bit = -1 }: StateBit): string =>
  [variable, adapter, domain, mdev, bit].join();

/** Where each bit goes: from which place to which. */
function movesOf(bits: StateBits, to: Renaming): readonly (readonly [number, number])[] {
  const places = new Map([...bits].map(([at, bit]) => [nameOf(bit), at]));
  return [...bits].map(([at, { variable, bit, adapter, domain, mdev }]) => {
    const renamed = {
      variable,
      bit,
      adapter: adapter === undefined ? undefined : to.adapter[adapter],
      domain: domain === undefined ? undefined : to.domain[domain],
      mdev: mdev === undefined ? undefined : to.mdev[mdev],
    };
    return [at, places.get(nameOf(renamed))!];
  });
}

/** What each value of each byte of a state becomes: `words` words for each. */
function tableOf(moves: readonly (readonly [number, number])[], words: number): Int32Array {
  const table = new Int32Array(words * BYTES * VALUES * words);
  for (const [from, to] of moves) {
    const [byte, bit] = [Math.floor(from / 8), from % 8];
    for (const value of range(VALUES)) {
      if (((value >>> bit) & 1) === 1) table[(byte * VALUES + value) * words + Math.floor(to / 32)]! |= 1 << (to % 32);
    }
  }
  return table;
}

/**
 * A function that turns a state into the smallest of those that are like it.
 *
 * @returns undefined if there are too many renamings to try them all
 */
export function canonicalOf(
  bits: StateBits,
  words: number,
  sizes: Sizes,
): ((states: Int32Array, at: number) => void) | undefined {
  if (factorial(sizes.adapters) * factorial(sizes.domains) * factorial(sizes.mdevs) > MOST_RENAMINGS) return undefined;
  let tables: readonly Int32Array[] | undefined;
  const tried = new Int32Array(words);
  const smallest = new Int32Array(words);
  const given = new Int32Array(words);
  const isSmaller = (): boolean => {
    for (let w = 0; w < words; w++) if (tried[w] !== smallest[w]) return tried[w]! < smallest[w]!;
    return false;
  };
  return (states, at) => {
    tables ??= renamings(sizes).map((renaming) => tableOf(movesOf(bits, renaming), words));
    for (let w = 0; w < words; w++) {
      given[w] = states[at + w]!;
      smallest[w] = given[w]!;
    }
    for (const table of tables) {
      tried.fill(0);
      for (let w = 0; w < words; w++) {
        let rest = given[w]!;
        for (let byte = w * BYTES; rest !== 0; byte++, rest >>>= 8) {
          const from = (byte * VALUES + (rest & 0xff)) * words;
          for (let to = 0; to < words; to++) tried[to]! |= table[from + to]!;
        }
      }
      if (isSmaller()) smallest.set(tried);
    }
    for (let w = 0; w < words; w++) states[at + w] = smallest[w]!;
  };
}
