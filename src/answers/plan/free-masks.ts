// Which bits of apmask and aqmask to clear so that queues leave the host and it loses as little else as can be: for each of them
// its adapter's bit or its domain's. Once the adapters are chosen the domains follow, so choices of adapters are tried.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { isWithHost } from "./freed-queues.ts";

export interface MaskBits {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** All choices of so many groups are tried; of more, those that are reached by changing one group after the other. */
const EXHAUSTIVE = 10;
/** So often every group is looked at again, at most. */
const ROUNDS = 8;

export function bitsToFree(host: Host, queues: readonly Apqn[]): MaskBits {
  const rows = rowsOf(host.state.devices.queues().filter((apqn) => isWithHost(host, apqn)));
  const wanted = rowsOf(queues);
  const [adapters, domains] = [groupsOf(wanted), groupsOf(columnsOf(queues))];
  let best: Weighed | undefined;
  const consider = (bits: MaskBits): boolean => {
    const weighed = weigh(rows, bits);
    if (best && !isBetter(weighed, best)) return false;
    best = weighed;
    return true;
  };
  const byDomains = domains.length < adapters.length;
  const groups: readonly Group<Apid | Apqi>[] = byDomains ? domains : adapters;
  const bitsOf = (chosen: ReadonlySet<Group<Apid | Apqi>>): MaskBits => {
    const [own, others] = split(groups, chosen);
    return byDomains
      ? { adapters: others as readonly Apid[], domains: own as readonly Apqi[] }
      : { adapters: own as readonly Apid[], domains: others as readonly Apqi[] };
  };
  if (groups.length <= EXHAUSTIVE) {
    for (const chosen of subsets(groups)) consider(bitsOf(new Set(chosen)));
  } else {
    for (const start of [groups, []]) climb(groups, new Set(start), (chosen) => consider(bitsOf(chosen)));
  }
  return (best as Weighed).bits;
}

/** One group after the other goes in or out, as long as that is of use. */
function climb<G>(groups: readonly G[], chosen: Set<G>, consider: (chosen: ReadonlySet<G>) => boolean): void {
  consider(chosen);
  const flip = (group: G): void => void (chosen.delete(group) || chosen.add(group));
  for (let round = 0, isImproved = true; isImproved && round < ROUNDS; round++) {
    isImproved = false;
    for (const group of groups) {
      flip(group);
      if (consider(chosen)) isImproved = true;
      else flip(group);
    }
  }
}

const ascending = (a: number, b: number): number => a - b;

type Rows = ReadonlyMap<Apid, ReadonlySet<Apqi>>;

/**
 * Numbers of which the same queues are wanted. If one of them keeps its bit, then all that are wanted of it go by the other mask, and
 * so do those of the others: they are kept or cleared together.
 */
interface Group<I> {
  readonly own: readonly I[];
  /** Adapters of domains, domains of adapters. */
  readonly others: readonly number[];
}

function groupsOf<I extends number>(wanted: ReadonlyMap<I, ReadonlySet<number>>): readonly Group<I>[] {
  const groups = new Map<string, { own: I[]; others: readonly number[] }>();
  for (const [id, set] of wanted) {
    const others = [...set].sort(ascending);
    const group = groups.get(others.join());
    if (group) group.own.push(id);
    else groups.set(others.join(), { own: [id], others });
  }
  return [...groups.values()];
}

/** Numbers of the groups whose bits go, and those of the other mask that the rest needs. */
function split<I extends number>(
  groups: readonly Group<I>[],
  chosen: ReadonlySet<Group<I>>,
): readonly [readonly number[], readonly number[]] {
  const own = groups.filter((group) => chosen.has(group)).flatMap((group) => group.own);
  const others = groups.filter((group) => !chosen.has(group)).flatMap((group) => group.others);
  return [own.sort(ascending), [...new Set(others)].sort(ascending)];
}

function rowsOf(queues: readonly Apqn[]): Rows {
  const rows = new Map<Apid, Set<Apqi>>();
  for (const apqn of queues) {
    const row = rows.get(apidOf(apqn));
    if (row) row.add(apqiOf(apqn));
    else rows.set(apidOf(apqn), new Set([apqiOf(apqn)]));
  }
  return rows;
}

function columnsOf(queues: readonly Apqn[]): ReadonlyMap<Apqi, ReadonlySet<Apid>> {
  const columns = new Map<Apqi, Set<Apid>>();
  for (const apqn of queues) {
    const column = columns.get(apqiOf(apqn));
    if (column) column.add(apidOf(apqn));
    else columns.set(apqiOf(apqn), new Set([apidOf(apqn)]));
  }
  return columns;
}

interface Weighed {
  readonly bits: MaskBits;
  /** Queues that the host would lose. */
  readonly loss: number;
}

/** A row is lost where the adapter's bit goes, else what it has in the domains. */
function weigh(rows: Rows, bits: MaskBits): Weighed {
  const adapters = new Set(bits.adapters);
  let loss = 0;
  for (const [apid, own] of rows) {
    loss += adapters.has(apid) ? own.size : bits.domains.filter((apqi) => own.has(apqi)).length;
  }
  return { bits, loss };
}

const bitCount = ({ bits }: Weighed): number => bits.adapters.length + bits.domains.length;

const isBetter = (a: Weighed, b: Weighed): boolean => (a.loss !== b.loss ? a.loss < b.loss : bitCount(a) < bitCount(b));

function* subsets<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) {
    yield [];
    return;
  }
  const [first, ...rest] = items;
  for (const subset of subsets(rest)) {
    yield [first as T, ...subset];
    yield subset;
  }
}
