// States that are like each other but for the numbers of adapters, domains and mdevs: all renamings of a state are tried, and the smallest
// stands for all. A renaming moves bits; where each byte's bits go is worked out once.
import { range } from "./story.ts";
import type { Universe } from "./universe.ts";
import type { Atom } from "./variables.ts";

const BYTES = 4;
const VALUES = 256;

interface Renaming {
  readonly adapter: readonly number[];
  readonly domain: readonly number[];
  readonly mdev: readonly number[];
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((shorter) =>
    range(n).map((at) => [...shorter.slice(0, at), n - 1, ...shorter.slice(at)]),
  );
}

/** All but the one that renames nothing. */
function renamings({ adapters, domains, mdevs }: Universe): readonly Renaming[] {
  const all = permutations(adapters).flatMap((adapter) =>
    permutations(domains).flatMap((domain) => permutations(mdevs).map((mdev) => ({ adapter, domain, mdev }))),
  );
  const isNothing = (renamed: readonly number[]) => renamed.every((to, from) => to === from);
  return all.filter(({ adapter, domain, mdev }) => !(isNothing(adapter) && isNothing(domain) && isNothing(mdev)));
}

const nameOf = ({ variable, adapter = -1, domain = -1, mdev = -1, bit = -1 }: Omit<Atom, "set">): string =>
  [variable, adapter, domain, mdev, bit].join();

/** For each bit of a state the bit that it becomes. */
function movesOf(atoms: readonly Atom[], { adapter, domain, mdev }: Renaming): readonly number[] {
  const places = new Map(atoms.map((atom, at) => [nameOf(atom), at]));
  const renamed = (id: number | undefined, to: readonly number[]) => (id === undefined ? undefined : to[id]);
  return atoms.map((atom) => {
    const { variable, bit } = atom;
    const other = {
      variable,
      bit,
      adapter: renamed(atom.adapter, adapter),
      domain: renamed(atom.domain, domain),
      mdev: renamed(atom.mdev, mdev),
    };
    return places.get(nameOf(other)) as number;
  });
}

/** What each value of each byte of a state becomes: `words` words each. */
function tableOf(moves: readonly number[], words: number): Int32Array {
  const table = new Int32Array(words * BYTES * VALUES * words);
  for (const [from, to] of moves.entries()) {
    const [byte, bit] = [Math.floor(from / 8), from % 8];
    for (const value of range(VALUES)) {
      if (((value >>> bit) & 1) === 0) continue;
      const at = (byte * VALUES + value) * words + Math.floor(to / 32);
      table[at] = (table[at] as number) | (1 << (to % 32));
    }
  }
  return table;
}

/** Turns a state into the smallest of those that are like it. */
export function canonicalOf(
  atoms: readonly Atom[],
  words: number,
  universe: Universe,
): (states: Int32Array, at: number) => void {
  const tables = renamings(universe).map((renaming) => tableOf(movesOf(atoms, renaming), words));
  const tried = new Int32Array(words);
  const smallest = new Int32Array(words);
  const given = new Int32Array(words);
  const isSmaller = (): boolean => {
    for (let w = 0; w < words; w++) if (tried[w] !== smallest[w]) return (tried[w] as number) < (smallest[w] as number);
    return false;
  };
  return (states, at) => {
    for (let w = 0; w < words; w++) {
      given[w] = states[at + w] as number;
      smallest[w] = given[w] as number;
    }
    for (let n = 0; n < tables.length; n++) {
      const table = tables[n] as Int32Array;
      tried.fill(0);
      for (let w = 0; w < words; w++) {
        let rest = given[w] as number;
        for (let byte = w * BYTES; rest !== 0; byte++, rest >>>= 8) {
          const from = (byte * VALUES + (rest & 0xff)) * words;
          for (let to = 0; to < words; to++) tried[to] = (tried[to] as number) | (table[from + to] as number);
        }
      }
      if (isSmaller()) smallest.set(tried);
    }
    for (let w = 0; w < words; w++) states[at + w] = smallest[w] as number;
  };
}
