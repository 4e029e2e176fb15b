// A host as data for programs: docs/show.md describes every member. What is not known is left out, null means that there is none.

import { formatApid, formatApqn } from "../../system/ap/apqn.ts";
import type { Adm, Apm, Aqm } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { hasQueue } from "../../system/ap/product.ts";
import type { MachineMask, ObservedMatrix, ObservedQueue } from "../../system/sysfs/observed-host.ts";
import type { RunningGuest } from "../../system/sysfs/running-guests.ts";
import { healthSeen } from "../explain/health.ts";
import type { Shown } from "./shown.ts";

/** Two blanks a level, a newline at the end; the order of members and lists is always the same. */
export const showJson = (shown: Shown): string => `${JSON.stringify(showData(shown), undefined, 2)}\n`;

export function showData({ describes, profile, host, guests, labels, only }: Shown) {
  const isShown = (uuid: string): boolean => only === undefined || only.has(uuid);
  return {
    describes,
    profile,
    cards: host.cards.map(({ id, ...card }) => ({ id: formatApid(id), ...card })),
    queues: host.queues.map(({ apqn, driver, status, config, chkstop, online, inUse }) => ({
      apqn: formatApqn(apqn),
      driver,
      status,
      config,
      chkstop,
      online,
      in_use: inUse,
      health: healthSeen(host, apqn)?.state,
      mdev: ownerOf(apqn, host.mdevs),
    })),
    machine: {
      adapters: machineMask(host.machine.apm),
      domains: machineMask(host.machine.aqm),
      control_domains: machineMask(host.machine.adm),
    },
    apmask: maskText(host.apmask),
    aqmask: maskText(host.aqmask),
    max_adapter: host.maxAdapter,
    max_domain: host.maxDomain,
    features: host.features,
    bindings: host.bindings,
    vfio_ap_loaded: host.isVfioApLoaded,
    mdevs: host.mdevs
      .filter(({ uuid }) => isShown(uuid))
      .map(({ uuid, matrix, controlDomains, guestView, isRunning }) => ({
        uuid,
        name: labels?.get(uuid),
        ...matrixData(matrix),
        control_domains: maskText(controlDomains),
        guest_view: guestView && matrixData(guestView),
        running: guests ? guests.has(uuid) : isRunning,
      })),
    guests:
      guests &&
      [...guests]
        .filter(([uuid]) => isShown(uuid))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([mdev, guest]) => guestData(mdev, guest)),
    unreadable: host.unreadable,
  };
}

const maskText = (mask: Apm | Aqm | Adm | undefined): string | undefined => mask && formatMask(mask);

const machineMask = (mask: MachineMask<Apm | Aqm | Adm>): string | undefined =>
  mask === "not supported" ? mask : maskText(mask);

/** Adapters, domains, and the queues that they make. */
const matrixData = (matrix: ObservedMatrix | undefined) =>
  matrix && { adapters: maskText(matrix.apm), domains: maskText(matrix.aqm), cut: matrix.isCut };

const guestData = (mdev: string, { name, apm, aqm, adm }: RunningGuest) => ({
  name,
  mdev,
  adapters: maskText(apm),
  domains: maskText(aqm),
  control_domains: maskText(adm),
});

const ownerOf = (apqn: ObservedQueue["apqn"], mdevs: Shown["host"]["mdevs"]): string | undefined =>
  mdevs.find(({ matrix }) => matrix && hasQueue(matrix, apqn))?.uuid;
