// The same fix so that it costs the guest less: queues are bound before what needs them is assigned. An assignment with one unbound
// queue takes the whole adapter from a running guest, if only until the next write.
import { type Apqn, apqnOf } from "../../system/ap/apqn.ts";
import { mdevPath } from "../../system/ap/paths.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { withoutNeedless } from "./needless.ts";
import type { WhatIf } from "./what-if.ts";

/**
 * @param whatIf it is left changed
 * @param name the mdev that gains
 * @param isReached whether the host is then as it was to be
 * @returns writes that work as well, no more than before, or those before
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
  // What had to be put right only because of the other order is left out.
  const least = withoutNeedless(prepared, (fewer) => works(whatIf, fewer, isReached));
  const isGentler =
    least.length < fix.length || losesBy(whatIf, name, least).length <= losesBy(whatIf, name, fix).length;
  return isGentler ? least : fix;
}

function works(whatIf: WhatIf, writes: readonly Write[], isReached: () => boolean): boolean {
  whatIf.reset();
  return writes.every((write) => whatIf.write(write)) && isReached();
}

/** Queues that a running guest has and has not after one of these writes at least, ascending. */
export function losesBy(whatIf: WhatIf, name: string, writes: readonly Write[]): readonly Apqn[] {
  whatIf.reset();
  const before = whatIf.mdev(name);
  if (!before?.isAttached) return [];
  const had = { apm: before.guestMasks.apm.ids(), aqm: before.guestMasks.aqm.ids() };
  const lost = new Set<Apqn>();
  for (const write of writes) {
    whatIf.write(write);
    const masks = whatIf.mdev(name)?.guestMasks;
    if (masks && had.apm.every((id) => masks.apm.has(id)) && had.aqm.every((id) => masks.aqm.has(id))) continue;
    for (const apid of had.apm) {
      for (const apqi of had.aqm) if (!masks?.apm.has(apid) || !masks.aqm.has(apqi)) lost.add(apqnOf(apid, apqi));
    }
  }
  return [...lost].sort((a, b) => a - b);
}
