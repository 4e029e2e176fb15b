// Small hosts for tests: booted, all queues left to vfio_ap, one mdev with a running guest.
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import { DEFAULT_FACTS } from "../../system/machine/facts.ts";
import type { Observer } from "../../system/machine/happening.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { assignAdapter, assignDomain } from "../../system/vfio-ap/assign.ts";
import { bootHost } from "../../system/vfio-ap/boot.ts";
import { openMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { createMdev, findMdev } from "../../system/vfio-ap/mdev-life.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";

export const SMALL_UUID = "6d646576-0000-4000-8000-000000000001";

export interface SmallHost {
  readonly host: Host;
  readonly mdev: Mdev;
  /** Number of the guest's name. */
  readonly guest: number;
}

/** Adapters 4 to 6, domains 4, 0x47 and 0x54; the mdev has adapter 4 with domains 4 and 0x47, and its guest runs. */
export function smallHost(profile: Profile = DEFAULT_PROFILE, apxa = true, observer?: Observer): SmallHost {
  const domains = apxa ? [4, 0x47, 0x54] : [4, 7, 8];
  const facts = apxa ? DEFAULT_FACTS : { ...DEFAULT_FACTS, apxa, maxAdapter: 63, maxDomain: 15 };
  const host = bootHost({
    facts,
    hardware: {
      apm: maskOf([4, 5, 6].map(asApid)),
      aqm: maskOf(domains.map(asApqi)),
      adm: maskOf(domains.map(asControlDomain)),
      typeOf: () => 12,
      modeOf: () => "cca",
    },
    profile,
    apmask: newMask(),
    observer,
  });
  const uuid = must(parseUuid(SMALL_UUID));
  createMdev(host, uuid);
  const mdev = must(findMdev(host, uuid));
  assignAdapter(host, mdev, asApid(4));
  for (const domain of domains.slice(0, 2)) assignDomain(host, mdev, asApqi(domain));
  const guest = host.state.names.numberOf("g1");
  openMdev(host, mdev, guest);
  return { host, mdev, guest };
}
