// One state for all that differ only in the names of adapters, domains and mdevs. Adapters are sorted by what each one has, so only
// the orders of domains and of mdevs are tried.
import type { Field, Layout } from "./layout.ts";
import type { Tables, Universe } from "./universe.ts";

/** All orders of 0 to n - 1: at [i] stands what comes to place i. */
export function permutations(n: number): readonly (readonly number[])[] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((shorter) =>
    Array.from({ length: n }, (_, at) => [...shorter.slice(0, at), n - 1, ...shorter.slice(at)]),
  );
}

/** What becomes of every set of up to 2^n members under an order. */
function movedSets(order: readonly number[]): Int32Array {
  const moved = new Int32Array(2 ** order.length);
  for (let set = 0; set < moved.length; set++) {
    for (const [to, from] of order.entries()) moved[set]! |= ((set >> from) & 1) << to;
  }
  return moved;
}

export function canonicalOf(
  universe: Universe,
  tables: Tables,
  layout: Layout,
): (states: Int32Array, at: number) => void {
  const { adapters: N, domains: M, mdevs: G, controlDomains } = universe;
  const { words: W } = layout;
  const ROW = tables.allDomains;
  const domainOrders = permutations(M).map((order) => ({ order, moved: movedSets(order) }));
  const mdevOrders = permutations(G).map((order) => ({ order, moved: movedSets(order) }));
  const best = new Int32Array(W);
  const candidate = new Int32Array(W);
  // What an adapter has does not fit into 32 bits: a record is a plain number of up to 53.
  const records = new Float64Array(N);
  const bitsOfRecord = 2 + 2 * M + G * (2 + M);
  if (bitsOfRecord > 53) throw new Error(`a record of ${bitsOfRecord} bits does not fit into a number`);

  const get = (from: Int32Array, at: number, { word, shift, mask }: Field): number =>
    (from[at + word]! >>> shift) & mask;
  const put = ({ word, shift, mask }: Field, value: number): void => {
    candidate[word]! |= (value & mask) << shift;
  };

  return (states, at) => {
    const bound = get(states, at, layout.bound);
    const mark = get(states, at, layout.mark);
    const hostA = get(states, at, layout.hostAdapters);
    const added = get(states, at, layout.added);
    const dirtied = get(states, at, layout.dirtied);
    const ownOf = (g: number, a: number): number =>
      (((get(states, at, layout.matrixAdapters[g]!) >> a) & 1) << 1) |
      ((get(states, at, layout.shadowAdapters[g]!) >> a) & 1);

    /** What adapter a has, domains and mdevs in their new order. */
    const recordOf = (a: number, domainsMoved: Int32Array, order: readonly number[]): number => {
      let record = ((hostA >> a) & 1) * 2 + (added === 1 + a ? 1 : 0);
      record = record * (ROW + 1) + domainsMoved[(bound >> (a * M)) & ROW]!;
      record = record * (ROW + 1) + domainsMoved[(mark >> (a * M)) & ROW]!;
      for (const g of order) {
        const row = (dirtied >>> (g * N * M + a * M)) & ROW;
        record = (record * 4 + ownOf(g, a)) * (ROW + 1) + domainsMoved[row]!;
      }
      return record;
    };

    const unpackRecord = (a: number): void => {
      let rest = records[a]!;
      const take = (size: number): number => {
        const value = rest % size;
        rest = (rest - value) / size;
        return value;
      };
      for (let g = G - 1; g >= 0; g--) {
        put(layout.dirtied, take(ROW + 1) << (g * N * M + a * M));
        const own = take(4);
        put(layout.matrixAdapters[g]!, (own >> 1) << a);
        put(layout.shadowAdapters[g]!, (own & 1) << a);
      }
      put(layout.mark, take(ROW + 1) << (a * M));
      put(layout.bound, take(ROW + 1) << (a * M));
      if (take(2) === 1) put(layout.added, 1 + a);
      put(layout.hostAdapters, take(2) << a);
    };

    let first = true;
    for (const domains of domainOrders) {
      for (const mdevs of mdevOrders) {
        candidate.fill(0);
        for (let a = 0; a < N; a++) records[a] = recordOf(a, domains.moved, mdevs.order);
        records.sort();
        for (let a = 0; a < N; a++) unpackRecord(a);
        put(layout.hostDomains, domains.moved[get(states, at, layout.hostDomains)]!);
        if (added > N) put(layout.added, 1 + N + domains.order.indexOf(added - 1 - N));
        put(layout.scanning, get(states, at, layout.scanning));
        put(layout.one, 1);
        put(layout.running, mdevs.moved[get(states, at, layout.running)]!);
        put(layout.pending, mdevs.moved[get(states, at, layout.pending)]!);
        for (let to = 0; to < G; to++) {
          const g = mdevs.order[to]!;
          put(layout.matrixDomains[to]!, domains.moved[get(states, at, layout.matrixDomains[g]!)]!);
          put(layout.shadowDomains[to]!, domains.moved[get(states, at, layout.shadowDomains[g]!)]!);
          if (!controlDomains) continue;
          put(layout.matrixControl[to]!, domains.moved[get(states, at, layout.matrixControl[g]!)]!);
          put(layout.shadowControl[to]!, domains.moved[get(states, at, layout.shadowControl[g]!)]!);
        }
        if (first || isLess(candidate, best)) best.set(candidate);
        first = false;
      }
    }
    for (let w = 0; w < W; w++) states[at + w] = best[w]!;
  };
}

function isLess(a: Int32Array, b: Int32Array): boolean {
  for (let w = 0; w < a.length; w++) {
    if (a[w] !== b[w]) return a[w]! < b[w]!;
  }
  return false;
}
