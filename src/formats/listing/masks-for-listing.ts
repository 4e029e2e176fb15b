// Masks that leave to vfio_ap the queues that it has in a listing. Masks are about whole adapters and whole domains, so they cannot
// express every distribution (a driver_override can do more).

import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { hex } from "../../system/ap/hex.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";

interface MaskProposal {
  /** Relative masks for a host with all bits on; undefined: nothing to write. */
  readonly apmask: string | undefined;
  readonly aqmask: string | undefined;
  /** Queues of vfio_ap that these masks leave to the host. */
  readonly inexpressible: readonly Apqn[];
}

/**
 * Clears whole adapters first, then whole domains for the rest.
 *
 * @param vfio queues of vfio_ap
 * @param host queues that must stay with the host; all others may go either way
 */
export function masksFor(vfio: readonly Apqn[], host: readonly Apqn[]): MaskProposal {
  const hostAdapters = new Set<Apid>(host.map(apidOf));
  const hostDomains = new Set<Apqi>(host.map(apqiOf));
  const byDomain = vfio.filter((apqn) => hostAdapters.has(apidOf(apqn)));
  return {
    apmask: clearing(vfio.map(apidOf).filter((apid) => !hostAdapters.has(apid))),
    aqmask: clearing(byDomain.map(apqiOf).filter((apqi) => !hostDomains.has(apqi))),
    inexpressible: byDomain.filter((apqn) => hostDomains.has(apqiOf(apqn))),
  };
}

/** `-0x04,-0x05`, ascending; undefined for no ids. */
function clearing(ids: readonly (Apid | Apqi)[]): string | undefined {
  const terms = [...new Set(ids)].sort((a, b) => a - b).map((id) => `-${hex(id, 2)}`);
  return terms.length === 0 ? undefined : terms.join(",");
}
