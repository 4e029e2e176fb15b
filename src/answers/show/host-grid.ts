// The host's queues as a grid: whom each one is with, and which mdev it is assigned to.

import { apidOf, apqiOf, apqnOf } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asControlDomain, type ControlDomain } from "../../system/ap/id.ts";
import { type Adm, type Apm, type Aqm, type Mask, maskOf, newMask } from "../../system/ap/mask.ts";
import { hasQueue } from "../../system/ap/product.ts";
import type { MachineMask, ObservedHost, ObservedQueue } from "../../system/sysfs/observed-host.ts";
import { domainMark, type Grid, makeGrid } from "./grid.ts";

/** A number is that of the mdev, from 1. */
export type HostSign = number | HostSignName;
export type HostSignName =
  /** There is no such queue. */
  | "absent"
  | "host"
  | "host-not-online"
  | "no-driver"
  | "unassigned"
  /** Assigned to an mdev that sysfs does not show. */
  | "assigned-unseen"
  | "unknown";

/** Rows are the domains that the host has or that are assigned to some mdev; columns are the adapters that it has. */
export function hostGrid(host: ObservedHost): Grid<HostSign> {
  const { queues, mdevs, machine } = host;
  const signs = new Map<number, HostSign>(queues.map((queue) => [queue.apqn, signOf(queue, host)]));
  const usage = given(machine.aqm) ?? maskOf(queues.map(({ apqn }) => apqiOf(apqn)));
  const control: Adm = given(machine.adm) ?? newMask();

  const adapters: Apm = maskOf(host.cards.map(({ id }) => id));
  for (const { apqn } of queues) adapters.add(apidOf(apqn));
  adapters.addAll(given(machine.apm) ?? newMask());

  const domains: Aqm = newMask();
  for (const rows of [
    usage,
    control,
    ...mdevs.flatMap(({ matrix, controlDomains }) => [matrix?.aqm, controlDomains]),
  ]) {
    // A row is a number: here it does not matter what of.
    if (rows) domains.addAll(rows as Mask<Apqi>);
  }
  for (const { apqn } of queues) domains.add(apqiOf(apqn));

  return makeGrid({
    adapters: adapters.ids(),
    domains: domains.ids(),
    mark: (apqi) => domainMark(control.has(asControlDomain(apqi)), usage.has(apqi)),
    sign: (apid, apqi) => signs.get(apqnOf(apid, apqi)) ?? "absent",
  });
}

const given = <I extends Apid | Apqi | ControlDomain>(mask: MachineMask<Mask<I>>): Mask<I> | undefined =>
  mask === "not supported" ? undefined : mask;

function signOf({ apqn, driver, status, online }: ObservedQueue, { mdevs }: ObservedHost): HostSign {
  if (driver === undefined) return "unknown";
  if (driver === null) return "no-driver";
  if (driver !== "vfio_ap") return online === false ? "host-not-online" : "host";
  const owner = mdevs.findIndex(({ matrix }) => matrix && hasQueue(matrix, apqn));
  if (owner >= 0) return owner + 1;
  if (status !== undefined) return status === "unassigned" ? "unassigned" : "assigned-unseen";
  return mdevs.every(({ matrix }) => matrix && !matrix.isCut) ? "unassigned" : "unknown";
}
