// What two boots of one host make otherwise, in a few words each: masks, overrides, mdevs, and whether vfio_ap is there.

import { relativeTerms } from "../../formats/reading/mask-terms.ts";
import { formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { ObservedHost } from "../../system/sysfs/observed-host.ts";

export interface BootEnd {
  readonly host: ObservedHost;
  readonly loadedBy: string | undefined;
}

/** How the second ends where it does not end as the first. */
export function bootDifferences(one: BootEnd, other: BootEnd): readonly string[] {
  const masks = (["apmask", "aqmask"] as const).flatMap((name) => {
    const [before, after] = [one.host[name], other.host[name]] as (Mask<Apid | Apqi> | undefined)[];
    return before && after && !before.equals(after) ? [`${name} ${relativeTerms(before, after).join(",")}`] : [];
  });
  const isLoaded = other.loadedBy !== undefined;
  const loaded = (one.loadedBy !== undefined) === isLoaded ? [] : [`vfio_ap is ${isLoaded ? "" : "not "}loaded`];
  const overrides = changes(overridesOf(one), overridesOf(other));
  const mdevs = changes(mdevsOf(one), mdevsOf(other));
  return [...masks, ...loaded, ...overrides, ...mdevs];
}

type Words = ReadonlyMap<string, string>;

const changes = (before: Words, after: Words): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((name) =>
    before.get(name) === after.get(name) ? [] : [`${name} ${after.get(name) ?? "is not there"}`],
  );

const overridesOf = ({ host }: BootEnd): Words =>
  new Map(host.queues.map(({ apqn, override }) => [`override ${formatApqn(apqn)}`, shortened(override || "none")]));

const mdevsOf = ({ host }: BootEnd): Words =>
  new Map(
    host.mdevs.map(({ uuid, matrix, controlDomains }) => {
      const lists = [
        `adapters ${matrix?.apm.ids().map(formatApid).join(" ")}`,
        `domains ${matrix?.aqm.ids().map(formatApqi).join(" ")}`,
        `control domains ${controlDomains?.ids().map(formatApqi).join(" ")}`,
      ];
      return [`mdev ${uuid}`, `has ${lists.join(", ")}`];
    }),
  );
