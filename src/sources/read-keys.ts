// The master keys of a host's queues, where somebody tells them: a host in memory knows those of all its queues, a /sys only those of
// queues that cex4queue has. The driver asks the card at each read, so they are read only for those who want to know.
import type { Apqn } from "../system/ap/apqn.ts";
import { type MasterKeys, readMkvps } from "../system/ap/master-keys.ts";
import { queuePath } from "../system/ap/paths.ts";
import { cardRequestCount, requestCount } from "../system/bus/requests.ts";
import { ifAny, type KeysAndCounts } from "../system/machine/keys-and-counts.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Source } from "./source.ts";

type Tells = Pick<Source, "sysfs" | "host">;

export function readKeys({ sysfs, host }: Tells, { queues }: Pick<ObservedHost, "queues">): KeysAndCounts["keys"] {
  if (host) return host.state.facts.keysAndCounts?.keys ?? new Map();
  const known = queues.flatMap(({ apqn, driver }): (readonly [Apqn, MasterKeys])[] => {
    if (driver === "vfio_ap" || driver === null) return [];
    const text = sysfs.read(`${queuePath(apqn)}/mkvps`);
    const keys = text.ok ? readMkvps(text.value) : undefined;
    return keys ? [[apqn, keys]] : [];
  });
  return new Map(known);
}

/** Of single queues, each read when it is asked for. */
export const keysIn =
  ({ sysfs, host }: Pick<Source, "sysfs"> & { readonly host: Host }): ((apqn: Apqn) => MasterKeys | undefined) =>
  (apqn) => {
    const known = host.state.facts.keysAndCounts;
    if (known) return known.keys.get(apqn);
    const text = sysfs.read(`${queuePath(apqn)}/mkvps`);
    return text.ok ? readMkvps(text.value) : undefined;
  };

/** A /sys counts on while it is read, so only a host in memory tells its counters. */
export function readKeysAndCounts(source: Tells, observed: ObservedHost): KeysAndCounts | undefined {
  const keys = readKeys(source, observed);
  const { host } = source;
  if (!host?.state.facts.keysAndCounts) return ifAny({ keys, requests: new Map(), cardRequests: new Map() });
  const { state } = host;
  const requests = observed.queues.map(({ apqn }) => [apqn, requestCount(state, apqn)] as const);
  const counted = requests.filter(([, count]) => count > 0);
  const cards = observed.cards.map(({ id }) => [id, cardRequestCount(state, id)] as const);
  const there = new Set(observed.queues.map(({ apqn }) => apqn));
  const sumOf = (id: number): number => {
    let sum = 0;
    for (const [apqn, count] of counted) if (apqn >> 8 === id) sum += count;
    return sum;
  };
  return ifAny({
    keys: new Map([...keys].filter(([apqn]) => there.has(apqn))),
    requests: new Map(counted),
    cardRequests: new Map(cards.filter(([id, count]) => count !== sumOf(id))),
  });
}
