// What an operator at the console does, as changes of the machine's state.
import { type Apid, type Apqi, asApid, type ControlDomain, type Id } from "../ap/id.ts";
import { type Mask, newMask } from "../ap/mask.ts";
import { changeCard } from "../machine/hardware.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Card, Hw } from "./operation.ts";

export function changeCardOf({ state }: Host, { id, config, chkstop, type, mode }: Card): void {
  changeCard(state, asApid(id), {
    ...(config !== undefined && { configured: config }),
    ...(chkstop !== undefined && { checkstopped: chkstop }),
    ...(type !== undefined && { type }),
    ...(mode !== undefined && { mode }),
  });
}

/** The masks that the machine is to have: set, then removed from, then added to. */
export function machineMasks({ state: { machine } }: Host, hw: Hw) {
  return {
    apm: changed<Apid>(machine.apm, hw.apm, hw.rmAp, hw.addAp),
    aqm: changed<Apqi>(machine.aqm, hw.aqm, hw.rmDom, hw.addDom),
    adm: changed<ControlDomain>(machine.adm, hw.adm, hw.rmCd, hw.addCd),
  };
}

function changed<I extends Id>(
  now: Mask<I>,
  to: Mask<I> | undefined,
  removed: readonly number[],
  added: readonly number[],
): Mask<I> {
  const mask = newMask<I>();
  mask.copy(to ?? now);
  for (const id of removed) mask.remove(id as I);
  for (const id of added) mask.add(id as I);
  return mask;
}
