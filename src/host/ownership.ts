// Whom the masks of a description leave a queue to, before there is a host whose bus could be asked.
import type { Apid, Apqi } from "../ap/id.ts";
import { type Apm, type Aqm, newMask } from "../ap/mask.ts";
import { readMask } from "./mask-value.ts";

/** apmask and aqmask as they are after the writes of a description. */
export interface Ownership {
  readonly apmask: Apm;
  readonly aqmask: Aqm;
}

/** @param masks texts that readMask takes; without one all bits are on, as after boot */
export function ownershipOf(masks: {
  readonly apmask?: string | undefined;
  readonly aqmask?: string | undefined;
}): Ownership {
  return { apmask: maskAfter<Apid>(masks.apmask), aqmask: maskAfter<Apqi>(masks.aqmask) };
}

/** The rule of bus/ownership.ts, which speaks of a host that is up. */
export const isHostOwned = ({ apmask, aqmask }: Ownership, apid: Apid, apqi: Apqi): boolean =>
  apmask.has(apid) && aqmask.has(apqi);

function maskAfter<I extends Apid | Apqi>(text: string | undefined) {
  const reading = text === undefined ? undefined : readMask<I>(text);
  if (reading?.ok) return reading.value;
  const allOn = newMask<I>();
  allOn.fill();
  return allOn;
}
