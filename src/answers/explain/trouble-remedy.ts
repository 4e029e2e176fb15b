// What to write against one cause of trouble, for all its queues together.
import { type Apqn, apidOf } from "../../system/ap/apqn.ts";
import type { Apid } from "../../system/ap/id.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { causeOf } from "./cause.ts";
import { fixOf } from "./explain.ts";
import { healthFix, healthOf } from "./health.ts";
import type { TroubleCause } from "./trouble.ts";
import { WhatIf } from "./what-if.ts";

export interface TroubleRemedy {
  readonly writes: readonly Write[];
  /** Adapters for which nothing was sought: these are many. */
  readonly left: readonly Apid[];
}

/** A remedy for more adapters than this would be a page of writes. */
const MOST_ADAPTERS = 8;

/** @returns writes after which nothing is wrong any more with the queues that writes help; undefined if they help none */
export function remedyOf(host: Host, uuid: string, { queues, heldBack }: TroubleCause): TroubleRemedy | undefined {
  const byAdapter = new Map<Apid, Apqn[]>();
  for (const apqn of [...queues, ...heldBack]) {
    const some = byAdapter.get(apidOf(apqn)) ?? [];
    if (some.push(apqn) === 1) byAdapter.set(apidOf(apqn), some);
  }
  const adapters = [...byAdapter].slice(0, MOST_ADAPTERS);
  const copy = new WhatIf(host);
  const writes: Write[] = [];
  for (const [, some] of adapters) {
    for (const apqn of some) {
      for (const write of nextWrites(copy.host, uuid, apqn) ?? []) {
        copy.write(write);
        writes.push(write);
      }
    }
  }
  const left = [...byAdapter.keys()].slice(MOST_ADAPTERS);
  return writes.length === 0 ? undefined : { writes, left };
}

function nextWrites(host: Host, uuid: string, apqn: Apqn): readonly Write[] | undefined {
  const mdev = mdevNamed(host, uuid);
  if (!mdev) return undefined;
  const { reason } = causeOf(host, mdev, apqn);
  const health = healthOf(host, apqn);
  if (reason === "plugged" || reason === "guest-not-running") return health && healthFix(host, apqn, health);
  return fixOf(host, mdev, apqn, reason);
}
