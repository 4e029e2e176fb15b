// Who owns a queue by the masks and overrides of a description, before there is a host whose bus could be asked.
import { type Apqn, apqnOf } from "../../system/ap/apqn.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Apm, Aqm } from "../../system/ap/mask.ts";
import { fullMask } from "../reading/mask-terms.ts";
import { readMask } from "../reading/mask-value.ts";

/** apmask and aqmask as they are after the writes of a description. */
export interface Ownership {
  readonly apmask: Apm;
  readonly aqmask: Aqm;
  /** Queues that vfio_ap has because of their override. */
  readonly overridden: ReadonlySet<Apqn>;
}

interface Described {
  /** Texts that readMask takes; undefined: all bits on, as after boot. */
  readonly masks: { readonly apmask?: string | undefined; readonly aqmask?: string | undefined };
  readonly overrides?: readonly { readonly apqn: Apqn; readonly driver: string }[];
  readonly unbound?: readonly Apqn[];
}

/** An override counts only while its queue is bound; otherwise the masks decide. */
export function ownershipOf({ masks, overrides = [], unbound = [] }: Described): Ownership {
  const without = new Set(unbound);
  const taken = overrides.filter(({ apqn, driver }) => driver === "vfio_ap" && !without.has(apqn));
  return {
    apmask: maskAfter<Apid>(masks.apmask),
    aqmask: maskAfter<Apqi>(masks.aqmask),
    overridden: new Set(taken.map(({ apqn }) => apqn)),
  };
}

/** The rule of system/bus/ownership.ts, which is about a host that is up. */
export const isLeftToHost = ({ apmask, aqmask, overridden }: Ownership, apid: Apid, apqi: Apqi): boolean =>
  apmask.has(apid) && aqmask.has(apqi) && !overridden.has(apqnOf(apid, apqi));

function maskAfter<I extends Apid | Apqi>(text: string | undefined) {
  const reading = text === undefined ? undefined : readMask<I>(text);
  return reading?.ok ? reading.value : fullMask<I>();
}
