// Which bits of apmask and aqmask to clear so that some queues leave the host and it loses as little else as possible. For each queue
// either its adapter's bit or its domain's is cleared. The choice of adapters decides the domains, so choices of adapters are tried.

import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { queuesWithHost } from "./freed-queues.ts";

interface MaskBits {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** Up to this many groups all choices are tried; with more groups, those reached by changing one group after the other. */
const EXHAUSTIVE = 10;
/** How often at most every group is looked at again. */
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
  return must(best).bits;
}

/** Puts one group after the other in or out, as long as that helps. */
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
 * Adapters (or domains) whose wanted queues have the same domains (or adapters). If one of them keeps its bit, all its wanted queues
 * must go by the other mask, and so must those of the others. So the whole group keeps its bits or loses them.
 */
interface Group<I> {
  readonly own: readonly I[];
  /** The numbers in the other mask. */
  readonly others: readonly number[];
}

function groupsOf<I extends number>(wanted: ReadonlyMap<I, ReadonlySet<number>>): readonly Group<I>[] {
  const each = [...wanted].map(([id, others]) => ({ own: [id], others: [...others].sort(ascending) }));
  const groups = groupBy(each, ({ others }) => others.join());
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first ? [{ own: [first, ...rest].flatMap(({ own }) => own), others: first.others }] : [],
  );
}

/** Numbers of the groups whose bits are cleared, and the numbers in the other mask that the other groups need. */
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

/** The host loses the whole row of an adapter whose bit is cleared, otherwise only its queues in the cleared domains. */
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
