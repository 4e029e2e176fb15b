// The operation "init": a machine from its members, booted.

import type { Apid, Apqi } from "../ap/id.ts";
import { asApid } from "../ap/id.ts";
import { type Mask, newMask } from "../ap/mask.ts";
import { DEFAULT_FACTS, maximaOf } from "../machine/facts.ts";
import type { Observer } from "../machine/happening.ts";
import { parseMask } from "../sysfs/mask-grammar.ts";
import { bootHost } from "../vfio-ap/boot.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import type { Init } from "./operation.ts";

/** A boot parameter starts from an empty mask; one that cannot be read leaves it empty. */
export function bootMask<I extends Apid | Apqi>(
  text: string | undefined,
  { maskNumbers }: Profile,
): Mask<I> | undefined {
  return text === undefined ? undefined : (parseMask<I>(text, newMask<I>(), maskNumbers) ?? newMask<I>());
}

export function bootFrom(init: Init, profile: Profile, observer?: Observer): Host {
  return bootHost({
    facts: {
      ...DEFAULT_FACTS,
      apxa: init.apxa,
      qci: init.qci,
      apsb: init.apsb === true,
      se: init.se === true,
      ...maximaOf(init),
      serials: init.serials,
      ...(init.keysAndCounts && { keysAndCounts: init.keysAndCounts }),
      hostDrivers: init.hostDrivers,
      parameters: {
        ...(init.apmask !== undefined && { apmask: init.apmask }),
        ...(init.aqmask !== undefined && { aqmask: init.aqmask }),
      },
    },
    hardware: {
      apm: init.apm,
      aqm: init.aqm,
      adm: init.adm,
      typeOf: (adapter) => init.types.get(asApid(adapter)) ?? init.type,
      modeOf: (adapter) => init.modes.get(adapter) ?? "cca",
    },
    profile,
    apmask: bootMask<Apid>(init.apmask, profile),
    aqmask: bootMask<Apqi>(init.aqmask, profile),
    observer,
  });
}
