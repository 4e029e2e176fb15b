// Queues that guests have although their last reset failed. Any filter run takes their adapters away. But when the queue itself is taken
// out of the matrix, it is reset: if that succeeds it may come back, and its neighbours were never gone. If not, it can be bound anew
// before it comes back.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { commonProduct, queuesOf } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Target } from "./targets.ts";

/** Queues that the guest has, is to keep, and would not get again. */
export function sickQueues({ state }: Host, mdev: Mdev, target: Target): readonly Apqn[] {
  if (!mdev.shadow.apm.ids().some((apid) => state.unpassable.row(apid).intersects(mdev.shadow.aqm))) return [];
  return queuesOf(commonProduct(mdev.shadow, target)).filter(
    (apqn) => state.unpassable.has(apqn) && state.linked.has(apqn),
  );
}

/** Adapters and domains that cover some queues. */
interface Cover {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** At most this many adapters are taken out together with domains. */
const MOST_ADAPTERS = 4;

/** All queues by their domains; some by the adapters that have most of them and the rest by domains; all by their adapters. */
export function coversOf(queues: readonly Apqn[]): readonly Cover[] {
  const counts = new Map<Apid, number>();
  for (const apqn of queues) counts.set(apidOf(apqn), (counts.get(apidOf(apqn)) ?? 0) + 1);
  const adapters = [...counts].sort(([, a], [, b]) => b - a).map(([apid]) => apid);
  const sizes = new Set([...Array(Math.min(adapters.length, MOST_ADAPTERS)).keys(), adapters.length]);
  return [...sizes].map((size) => {
    const out = adapters.slice(0, size);
    return { adapters: out, domains: [...new Set(queues.filter((q) => !out.includes(apidOf(q))).map(apqiOf))] };
  });
}
