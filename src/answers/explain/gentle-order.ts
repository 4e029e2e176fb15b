// The same fix in an order that costs the guest less: queues are bound before their numbers are assigned. An assignment with one unbound
// queue takes the whole adapter from a running guest, even if only until the next write.
import type { Apqn } from "../../system/ap/apqn.ts";
import { mdevPath } from "../../system/ap/paths.ts";
import { copyProduct, hasQueue, productContains, queuesOf } from "../../system/ap/product.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { withoutNeedless } from "./needless.ts";
import type { WhatIf } from "./what-if.ts";

/**
 * @param whatIf it is changed
 * @param name the mdev that gains
 * @param isReached whether the goal is reached on the copy
 * @returns writes that work as well and are not more, or the same writes as before
 */
export function gentleOrder(
  whatIf: WhatIf,
  name: string,
  fix: readonly Write[],
  isReached: () => boolean,
): readonly Write[] {
  whatIf.reset();
  if (!whatIf.mdev(name)) return fix;
  const own = fix.filter(([path]) => path.startsWith(`${mdevPath(name)}/`));
  const prepared = [...fix.filter((write) => !own.includes(write)), ...own];
  if (own.length === 0 || prepared.every((write, at) => write === fix[at])) return fix;
  if (!works(whatIf, prepared, isReached)) return fix;
  // Writes that were needed only because of the other order are left out.
  const least = withoutNeedless(prepared, (fewer) => works(whatIf, fewer, isReached));
  const isGentler =
    least.length < fix.length || losesBy(whatIf, name, least).length <= losesBy(whatIf, name, fix).length;
  return isGentler ? least : fix;
}

function works(whatIf: WhatIf, writes: readonly Write[], isReached: () => boolean): boolean {
  whatIf.reset();
  return writes.every((write) => whatIf.write(write)) && isReached();
}

/** Queues that a running guest has now but lacks after at least one of these writes, ascending. */
export function losesBy(whatIf: WhatIf, name: string, writes: readonly Write[]): readonly Apqn[] {
  whatIf.reset();
  const before = whatIf.mdev(name);
  if (!before?.isAttached) return [];
  const had = copyProduct(before.guestMasks);
  const lost = new Set<Apqn>();
  for (const write of writes) {
    whatIf.write(write);
    const masks = whatIf.mdev(name)?.guestMasks;
    if (masks && productContains(masks, had)) continue;
    for (const apqn of queuesOf(had)) if (!masks || !hasQueue(masks, apqn)) lost.add(apqn);
  }
  return [...lost].sort((a, b) => a - b);
}
