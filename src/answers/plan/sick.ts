// Queues that guests have though their last reset failed. Any filter run takes their adapters away, but taking the queue itself out of
// the matrix resets it: if that succeeds it may come back, and its neighbours were never gone. If not, it can be bound anew meanwhile.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { commonProduct, queuesOf } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Target } from "./targets.ts";

/** What the guest has, is to keep, and would not get again. */
export function sickQueues({ state }: Host, mdev: Mdev, target: Target): readonly Apqn[] {
  if (!mdev.shadow.apm.ids().some((apid) => state.unpassable.row(apid).intersects(mdev.shadow.aqm))) return [];
  return queuesOf(commonProduct(mdev.shadow, target)).filter(
    (apqn) => state.unpassable.has(apqn) && state.linked.has(apqn),
  );
}

/** Adapters and domains that cover some queues. */
export interface Cover {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

/** So many adapters at most are taken out beside domains. */
const MOST_ADAPTERS = 4;

/** All by their domains; the adapters with most of them, and the rest by domains; all by their adapters. */
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
