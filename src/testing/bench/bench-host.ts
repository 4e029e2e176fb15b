// Hosts for measurements: all adapters and domains up to a size, every queue bound to vfio_ap, one guest an mdev.
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import { DEFAULT_FACTS } from "../../system/machine/facts.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { writeApConfig } from "../../system/vfio-ap/ap-config.ts";
import { bootHost } from "../../system/vfio-ap/boot.ts";
import { openMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { createMdev, findMdev } from "../../system/vfio-ap/mdev-life.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { parseUuid, type Uuid } from "../../system/vfio-ap/uuid.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** N adapters, N domains, highest ids 255, apmask=0x0, as docs/workload-mix.md says. */
export function bootBenchHost(n: number, mdevs: number, profile: Profile): Host {
  return bootHost({
    facts: DEFAULT_FACTS,
    hardware: {
      apm: maskOf(range(n).map(asApid)),
      aqm: maskOf(range(n).map(asApqi)),
      adm: maskOf(range(n).map(asControlDomain)),
      typeOf: () => 12,
      modeOf: () => "cca",
    },
    profile,
    apmask: newMask(),
    mdevs,
  });
}

export const benchUuid = (m: number): Uuid =>
  must(parseUuid(`6d646576-0000-4000-8000-${m.toString(16).padStart(12, "0")}`));

/** Mdev m has the adapters that leave remainder m, all domains, and a running guest. */
export function addGuests(host: Host, n: number, mdevs: number): readonly Mdev[] {
  return range(mdevs).map((m) => {
    createMdev(host, benchUuid(m));
    const mdev = must(findMdev(host, benchUuid(m)));
    writeApConfig(host, mdev, {
      apm: maskOf(
        range(n)
          .filter((a) => a % mdevs === m)
          .map(asApid),
      ),
      aqm: maskOf(range(n).map(asApqi)),
      adm: newMask(),
    });
    openMdev(host, mdev, host.state.names.numberOf(`g${m}`));
    return mdev;
  });
}
