// Which bits of apmask and aqmask to clear so that queues leave the host and it loses as little else as can be: for each of them
// its adapter's bit or its domain's. Once the adapters are chosen the domains follow, so choices of adapters are tried.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { queuesWithHost } from "./freed-queues.ts";

export interface MaskBits {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** All choices of so many groups are tried; of more, those that are reached by changing one group after the other. */
const EXHAUSTIVE = 10;
/** So often every group is looked at again, at most. */
const ROUNDS = 8;

export function bitsToFree(host: Host, queues: readonly Apqn[]): MaskBits {
  const rows = crossed(queuesWithHost(host), apidOf, apqiOf);
  const adapters = groupsOf(crossed(queues, apidOf, apqiOf));
  const domains = groupsOf(crossed(queues, apqiOf, apidOf));
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
  const each = [...wanted].map(([id, others]) => ({ own: [id], others: [...others].sort(ascending) }));
  const groups = groupBy(each, ({ others }) => others.join());
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first ? [{ own: [first, ...rest].flatMap(({ own }) => own), others: first.others }] : [],
  );
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

/** The domains of each adapter, or the adapters of each domain. */
const crossed = <I, J>(queues: readonly Apqn[], own: (apqn: Apqn) => I, other: (apqn: Apqn) => J) =>
  new Map([...groupBy(queues, own)].map(([id, some]) => [id, new Set(some.map(other)) as ReadonlySet<J>]));

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
