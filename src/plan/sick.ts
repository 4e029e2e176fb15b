// Queues that guests have though their last reset failed. Any filter run takes their adapters away, but taking the queue itself out of
// the matrix resets it: if that succeeds it may come back, and its neighbours were never gone.
import { apqnOf } from "../ap/apqn.ts";
import { NONE } from "../ap/id.ts";
import { type Aqm, newMask } from "../ap/mask.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "../vfio-ap/host.ts";
import { noProduct, type Product } from "./product.ts";
import type { Target } from "./targets.ts";

/** Adapters and domains of what the guest has, is to keep, and would not get again. */
export function sickProduct({ state }: Host, mdev: Mdev, target: Target): Product {
  const sick = noProduct();
  const { apm, aqm } = mdev.shadow;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    if (!state.unpassable.row(apid).intersects(aqm) || !target.apm.has(apid)) continue;
    const row = newMask() as Aqm;
    row.copy(state.unpassable.row(apid));
    for (let apqi = row.next(0); apqi !== NONE; apqi = row.next(apqi + 1)) {
      if (!aqm.has(apqi) || !target.aqm.has(apqi) || !state.linked.has(apqnOf(apid, apqi))) continue;
      sick.apm.add(apid);
      sick.aqm.add(apqi);
    }
  }
  return sick;
}
