// Which bits of apmask and aqmask to clear so that queues leave the host and it loses as little else as can be: for each of them
// its adapter's bit or its domain's. Once the adapters are chosen the domains follow, so choices of adapters are tried.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, asApid, NONE } from "../ap/id.ts";
import type { Host } from "../vfio-ap/host.ts";
import { isWithHost } from "./ownership.ts";

export interface MaskBits {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** All choices of so many adapters, or domains, are tried; of more, those that flipping one adapter after the other leads to. */
const EXHAUSTIVE = 10;

export function bitsToFree(host: Host, queues: readonly Apqn[]): MaskBits {
  const wanted = byAdapter(queues);
  const adapters = [...wanted.keys()];
  const domains = [...new Set(queues.map(apqiOf))].sort(ascending);
  const rows = hostRows(host);
  let best = withAdapters(wanted, new Set(adapters));
  const consider = (bits: MaskBits): void => {
    if (isBetter(rows, bits, best)) best = bits;
  };
  if (domains.length <= EXHAUSTIVE && domains.length < adapters.length) {
    for (const chosen of subsets(domains)) consider(withDomains(wanted, new Set(chosen)));
    return best;
  }
  // The bit of an adapter that the host has nothing of costs it nothing.
  const dear = adapters.length <= EXHAUSTIVE ? adapters : adapters.filter((apid) => rows.has(apid));
  const cheap = adapters.filter((apid) => !dear.includes(apid));
  if (dear.length <= EXHAUSTIVE) {
    for (const chosen of subsets(dear)) consider(withAdapters(wanted, new Set([...cheap, ...chosen])));
    return best;
  }
  for (const start of [adapters, cheap]) {
    let chosen: ReadonlySet<Apid> = new Set(start);
    for (const apid of dear) {
      const flipped = new Set(chosen);
      if (!flipped.delete(apid)) flipped.add(apid);
      if (isBetter(rows, withAdapters(wanted, flipped), withAdapters(wanted, chosen))) chosen = flipped;
    }
    consider(withAdapters(wanted, chosen));
  }
  return best;
}

const ascending = (a: number, b: number): number => a - b;

type Rows = ReadonlyMap<Apid, ReadonlySet<Apqi>>;

function byAdapter(queues: readonly Apqn[]): Rows {
  const rows = new Map<Apid, Set<Apqi>>();
  for (const apqn of [...queues].sort(ascending)) {
    const row = rows.get(apidOf(apqn));
    if (row) row.add(apqiOf(apqn));
    else rows.set(apidOf(apqn), new Set([apqiOf(apqn)]));
  }
  return rows;
}

/** The bits of these adapters, and of the domains that the others need. */
function withAdapters(wanted: Rows, chosen: ReadonlySet<Apid>): MaskBits {
  const domains = new Set<Apqi>();
  for (const [apid, row] of wanted) if (!chosen.has(apid)) for (const apqi of row) domains.add(apqi);
  return { adapters: [...chosen].sort(ascending), domains: [...domains].sort(ascending) };
}

function withDomains(wanted: Rows, chosen: ReadonlySet<Apqi>): MaskBits {
  const adapters = [...wanted].filter(([, row]) => [...row].some((apqi) => !chosen.has(apqi))).map(([apid]) => apid);
  return withAdapters(wanted, new Set(adapters));
}

/** The host loses less, or as much and fewer bits change. */
function isBetter(rows: Rows, a: MaskBits, b: MaskBits): boolean {
  const [lossA, lossB] = [lossOf(rows, a), lossOf(rows, b)];
  if (lossA !== lossB) return lossA < lossB;
  return a.adapters.length + a.domains.length < b.adapters.length + b.domains.length;
}

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

/** What the host has. */
function hostRows(host: Host): Rows {
  const { state } = host;
  const queues: Apqn[] = [];
  for (let adapter = 0; adapter < state.layout.adapters; adapter++) {
    const row = state.devices.row(asApid(adapter));
    for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) {
      const apqn = apqnOf(asApid(adapter), apqi);
      if (isWithHost(host, apqn)) queues.push(apqn);
    }
  }
  return byAdapter(queues);
}

/** How many queues the host would lose: a row where the adapter's bit goes, else those of the domains. */
function lossOf(rows: Rows, { adapters, domains }: MaskBits): number {
  let loss = 0;
  for (const [apid, own] of rows) {
    loss += adapters.includes(apid) ? own.size : domains.filter((apqi) => own.has(apqi)).length;
  }
  return loss;
}
