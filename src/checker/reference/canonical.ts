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

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** With more orders than these no state would ever be done. */
const MOST_ORDERS = 5040;

export const hasCanonical = ({ domains, mdevs, reserved }: Universe): boolean =>
  !reserved && factorial(domains) * factorial(mdevs) <= MOST_ORDERS;

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
  const QUEUES = N * M;
  const domainOrders = permutations(M).map((order) => ({ order, moved: movedSets(order) }));
  const mdevOrders = permutations(G).map((order) => ({ order: Int32Array.from(order), moved: movedSets(order) }));
  const best = new Int32Array(W);
  const candidate = new Int32Array(W);
  // The state taken apart, by mdev.
  const mA = new Int32Array(G);
  const mQ = new Int32Array(G);
  const sA = new Int32Array(G);
  const sQ = new Int32Array(G);
  const mC = new Int32Array(G);
  const sC = new Int32Array(G);
  /** What each adapter has, as a number; and the adapters sorted by it. */
  const records = new Float64Array(N);
  const sorted = new Int32Array(N);

  const get = (from: Int32Array, at: number, { word, shift, mask }: Field): number =>
    (from[at + word]! >>> shift) & mask;
  const put = ({ word, shift }: Field, value: number): void => {
    candidate[word]! |= value << shift;
  };

  /** A number is plain and has up to 53 bits; with one adapter, where it might need more, nothing depends on it. */
  const recordOf = (a: number, state: State, moved: Int32Array, order: Int32Array): number => {
    const from = a * M;
    let record = ((state.hostA >> a) & 1) * 2 + (state.added === 1 + a ? 1 : 0);
    record = record * (ROW + 1) + moved[(state.bound >> from) & ROW]!;
    record = record * (ROW + 1) + moved[(state.mark >> from) & ROW]!;
    for (let to = 0; to < G; to++) {
      const g = order[to]!;
      const own = (((mA[g]! >> a) & 1) << 1) | ((sA[g]! >> a) & 1);
      record = (record * 4 + own) * (ROW + 1) + moved[(state.dirtied >>> (g * QUEUES + from)) & ROW]!;
    }
    return record;
  };

  const sortAdapters = (): void => {
    for (let a = 0; a < N; a++) {
      const record = records[a]!;
      let to = a;
      for (; to > 0 && records[sorted[to - 1]!]! > record; to--) sorted[to] = sorted[to - 1]!;
      sorted[to] = a;
    }
  };

  const build = (state: State, domains: DomainOrder, mdevs: MdevOrder): void => {
    const { moved } = domains;
    let [bound, mark, hostA, dirtied] = [0, 0, 0, 0];
    for (let to = 0; to < N; to++) {
      const a = sorted[to]!;
      bound |= moved[(state.bound >> (a * M)) & ROW]! << (to * M);
      mark |= moved[(state.mark >> (a * M)) & ROW]! << (to * M);
      hostA |= ((state.hostA >> a) & 1) << to;
    }
    candidate.fill(0);
    for (let to = 0; to < G; to++) {
      const g = mdevs.order[to]!;
      let [matrix, shadow] = [0, 0];
      for (let place = 0; place < N; place++) {
        const a = sorted[place]!;
        matrix |= ((mA[g]! >> a) & 1) << place;
        shadow |= ((sA[g]! >> a) & 1) << place;
        dirtied |= moved[(state.dirtied >>> (g * QUEUES + a * M)) & ROW]! << (to * QUEUES + place * M);
      }
      put(layout.matrixAdapters[to]!, matrix);
      put(layout.shadowAdapters[to]!, shadow);
      put(layout.matrixDomains[to]!, moved[mQ[g]!]!);
      put(layout.shadowDomains[to]!, moved[sQ[g]!]!);
      if (!controlDomains) continue;
      put(layout.matrixControl[to]!, moved[mC[g]!]!);
      put(layout.shadowControl[to]!, moved[sC[g]!]!);
    }
    put(layout.bound, bound);
    put(layout.mark, mark);
    put(layout.hostAdapters, hostA);
    put(layout.hostDomains, moved[state.hostQ]!);
    put(layout.dirtied, dirtied);
    put(layout.scanning, state.scanning);
    put(layout.running, mdevs.moved[state.running]!);
    put(layout.pending, mdevs.moved[state.pending]!);
    for (const one of layout.ones) put(one, 1);
    if (state.added > N) put(layout.added, 1 + N + domains.order.indexOf(state.added - 1 - N));
    else if (state.added > 0) put(layout.added, 1 + sorted.indexOf(state.added - 1));
  };

  return (states, at) => {
    const state: State = {
      bound: get(states, at, layout.bound),
      mark: get(states, at, layout.mark),
      hostA: get(states, at, layout.hostAdapters),
      hostQ: get(states, at, layout.hostDomains),
      added: get(states, at, layout.added),
      dirtied: get(states, at, layout.dirtied),
      scanning: get(states, at, layout.scanning),
      running: get(states, at, layout.running),
      pending: get(states, at, layout.pending),
    };
    for (let g = 0; g < G; g++) {
      mA[g] = get(states, at, layout.matrixAdapters[g]!);
      mQ[g] = get(states, at, layout.matrixDomains[g]!);
      sA[g] = get(states, at, layout.shadowAdapters[g]!);
      sQ[g] = get(states, at, layout.shadowDomains[g]!);
      if (!controlDomains) continue;
      mC[g] = get(states, at, layout.matrixControl[g]!);
      sC[g] = get(states, at, layout.shadowControl[g]!);
    }
    let isFirst = true;
    for (const domains of domainOrders) {
      for (const mdevs of mdevOrders) {
        for (let a = 0; a < N; a++) records[a] = recordOf(a, state, domains.moved, mdevs.order);
        sortAdapters();
        build(state, domains, mdevs);
        if (isFirst || isLess(candidate, best)) for (let w = 0; w < W; w++) best[w] = candidate[w]!;
        isFirst = false;
      }
    }
    for (let w = 0; w < W; w++) states[at + w] = best[w]!;
  };
}

interface State {
  readonly bound: number;
  readonly mark: number;
  readonly hostA: number;
  readonly hostQ: number;
  readonly added: number;
  readonly dirtied: number;
  readonly scanning: number;
  readonly running: number;
  readonly pending: number;
}

interface DomainOrder {
  readonly order: readonly number[];
  readonly moved: Int32Array;
}

interface MdevOrder {
  readonly order: Int32Array;
  readonly moved: Int32Array;
}

function isLess(a: Int32Array, b: Int32Array): boolean {
  for (let w = 0; w < a.length; w++) {
    if (a[w] !== b[w]) return a[w]! < b[w]!;
  }
  return false;
}
