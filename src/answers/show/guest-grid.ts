// The matrix of one mdev as a grid: what of it the guest has, and what of the rest is why not in it, as far as that can be seen.

import { apqnOf } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asControlDomain } from "../../system/ap/id.ts";
import { type Apm, type Aqm, newMask } from "../../system/ap/mask.ts";
import { hasQueue } from "../../system/ap/product.ts";
import type { ObservedMatrix } from "../../system/sysfs/observed-host.ts";
import { domainMark, type Grid, makeGrid } from "./grid.ts";
import { type Panel, panelsOf, type Shown } from "./shown.ts";

export type GuestSign =
  | "plugged"
  /** With vfio_ap, and yet not in the guest: its adapter or its domain was left out. */
  | "filtered"
  | "not-with-vfio-ap"
  | "not-in-host"
  | "unknown"
  /** Neither assigned nor in the guest. */
  | "none";

export interface PanelGrid {
  readonly panel: Panel;
  readonly grid: Grid<GuestSign>;
}

/** Every queue of the host and its driver. */
type Drivers = ReadonlyMap<number, string | null | undefined>;

/** The panels of a host, each with its grid. */
export function panelGrids(shown: Shown): readonly PanelGrid[] {
  const drivers: Drivers = new Map(shown.host.queues.map(({ apqn, driver }) => [apqn, driver]));
  return panelsOf(shown).map((panel) => ({ panel, grid: guestGrid(panel, drivers) }));
}

function guestGrid(panel: Panel, drivers: Drivers): Grid<GuestSign> {
  const { matrix, view, controlDomains } = panel;
  const apm: Apm = newMask();
  const aqm: Aqm = newMask();
  for (const one of [matrix, view]) {
    if (!one) continue;
    apm.addAll(one.apm);
    aqm.addAll(one.aqm);
  }
  return makeGrid({
    adapters: apm.ids(),
    domains: aqm.ids(),
    mark: (apqi) => domainMark(controlDomains?.has(asControlDomain(apqi)) === true, matrix?.aqm.has(apqi) === true),
    sign: (apid, apqi) => signOf(panel, apid, apqi, drivers),
  });
}

function signOf({ matrix, view }: Panel, apid: Apid, apqi: Apqi, drivers: Drivers): GuestSign {
  const apqn = apqnOf(apid, apqi);
  if (view && hasQueue(view, apqn)) return "plugged";
  if (!matrix || !hasQueue(matrix, apqn)) return "none";
  if (!drivers.has(apqn)) return "not-in-host";
  if (!view || isBeyond(view, apid)) return "unknown";
  const driver = drivers.get(apqn);
  return driver === "vfio_ap" || driver === undefined ? "filtered" : "not-with-vfio-ap";
}

/** Of a text that was cut nothing is known above its highest adapter. */
const isBeyond = ({ apm, isCut }: ObservedMatrix, apid: Apid): boolean => isCut && apm.next(apid) < 0;
