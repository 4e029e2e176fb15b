// Which bits of apmask and aqmask to clear so that queues leave the host and it loses as little else as can be: for each of them
// its adapter's bit or its domain's. Once the adapters are chosen the domains follow, so choices of adapters are tried.
import { type Apqn, apidOf, apqiOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, asApid, NONE } from "../ap/id.ts";
import type { Host } from "../vfio-ap/host.ts";
import { isWithHost } from "./ownership.ts";
import { apqnOf } from "../ap/apqn.ts";

export interface MaskBits {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** All choices of so many adapters are tried; of more, those that flipping one adapter after the other leads to. */
const EXHAUSTIVE = 10;

export function bitsToFree(host: Host, queues: readonly Apqn[]): MaskBits {
  const adapters = [...new Set(queues.map(apidOf))].sort((a, b) => a - b);
  const loss = lossOf(host);
  const bitsFor = (chosen: ReadonlySet<Apid>): MaskBits => {
    const domains = new Set(queues.filter((apqn) => !chosen.has(apidOf(apqn))).map(apqiOf));
    return { adapters: [...chosen].sort((a, b) => a - b), domains: [...domains].sort((a, b) => a - b) };
  };
  const isBetter = (a: MaskBits, b: MaskBits): boolean => {
    const [lossA, lossB] = [loss(a), loss(b)];
    if (lossA !== lossB) return lossA < lossB;
    return a.adapters.length + a.domains.length < b.adapters.length + b.domains.length;
  };
  let best = bitsFor(new Set(adapters));
  const consider = (bits: MaskBits): void => {
    if (isBetter(bits, best)) best = bits;
  };
  if (adapters.length <= EXHAUSTIVE) {
    for (const chosen of subsets(adapters)) consider(bitsFor(new Set(chosen)));
    return best;
  }
  for (const start of [new Set(adapters), new Set<Apid>()]) {
    let chosen = start;
    for (const apid of adapters) {
      const flipped = new Set(chosen);
      if (!flipped.delete(apid)) flipped.add(apid);
      if (isBetter(bitsFor(flipped), bitsFor(chosen))) chosen = flipped;
    }
    consider(bitsFor(chosen));
  }
  return best;
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

/** How many queues the host would lose: by row where the adapter's bit goes, else those of the domains. */
function lossOf(host: Host): (bits: MaskBits) => number {
  const { state } = host;
  const rows = new Map<Apid, Set<Apqi>>();
  for (let adapter = 0; adapter < state.layout.adapters; adapter++) {
    const apid = asApid(adapter);
    const row = state.devices.row(apid);
    const own = new Set<Apqi>();
    for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) {
      if (isWithHost(host, apqnOf(apid, apqi))) own.add(apqi);
    }
    if (own.size > 0) rows.set(apid, own);
  }
  return ({ adapters, domains }) => {
    let loss = 0;
    for (const [apid, own] of rows) {
      loss += adapters.includes(apid) ? own.size : domains.filter((apqi) => own.has(apqi)).length;
    }
    return loss;
  };
}
