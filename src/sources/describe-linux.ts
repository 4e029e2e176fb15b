// How a Linux is set up, a host's or a guest's, as what its /sys shows of it: masks, overrides, queues without a driver or switched off,
// mdevs. describe-host.ts and describe-guests.ts put it into host descriptions.
import type {
  LinuxDescription,
  MdevDescription,
  OverrideDescription,
} from "../formats/description/host-description.ts";
import type { CardState } from "../formats/description/host-file.ts";
import { maskText } from "../formats/reading/mask-value.ts";
import { type Apqn, apidOf, formatApqn } from "../system/ap/apqn.ts";
import type { Apid, Apqi } from "../system/ap/id.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { ObservedHost, ObservedMdev } from "../system/sysfs/observed-host.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { describeCard } from "./describe-card.ts";
import type { Source } from "./source.ts";

export interface DescribedLinux {
  /** Without what its guests are made of. */
  readonly linux: LinuxDescription;
  /** What is left out, one sentence each. */
  readonly warnings: readonly string[];
}

/** @param states of cards whose queues can be switched off singly: a card that is described as offline takes its queues with it */
export function describeLinux(
  observed: ObservedHost,
  { guests, labels, host }: Pick<Source, "guests" | "labels" | "host">,
  states: readonly CardState[],
): DescribedLinux {
  const masks = { apmask: maskText<Apid>(observed.apmask), aqmask: maskText<Apqi>(observed.aqmask) };
  const named = overridesOf(observed);
  // Masks from boot parameters allow overrides; written masks do not.
  const isMasked = masks.apmask !== undefined || masks.aqmask !== undefined;
  const overrides = isMasked ? [] : named;
  return {
    linux: {
      masks,
      overrides,
      unbound: unboundQueues(observed, overrides),
      offline: offlineQueues(observed, states),
      mdevs: inOrder(observed.mdevs, host).map((mdev) =>
        describeMdev(mdev, guests?.get(mdev.uuid)?.name, labels?.get(mdev.uuid)),
      ),
    },
    warnings: [
      ...named
        .slice(overrides.length)
        .map(({ apqn, driver }) => `override ${driver} of ${formatApqn(apqn)} is left out: there are masks`),
      ...boundWarning(observed),
    ],
  };
}

/** A queue that comes up is not bound. */
function boundWarning({ queues }: ObservedHost): readonly string[] {
  const bound = queues.filter(({ secureBind }) => secureBind === "bound").map(({ apqn }) => formatApqn(apqn));
  return bound.length === 0 ? [] : [`bound for Secure Execution, which a description does not say: ${bound.join(" ")}`];
}

const overridesOf = ({ queues }: ObservedHost): readonly OverrideDescription[] =>
  queues.flatMap(({ apqn, override }) => (override ? [{ apqn, driver: override }] : []));

const DRIVERS: readonly string[] = ["vfio_ap", "cex4queue"];

/** A queue whose override names a driver that takes no queues has no driver anyway. */
function unboundQueues({ queues }: ObservedHost, overrides: readonly OverrideDescription[]): readonly Apqn[] {
  const waiting = new Set(overrides.filter(({ driver }) => !DRIVERS.includes(driver)).map(({ apqn }) => apqn));
  return queues.filter(({ apqn, driver }) => driver === null && !waiting.has(apqn)).map(({ apqn }) => apqn);
}

/** Queues of a card that is in another state are offline anyway, so they do not count. */
function offlineQueues({ cards, queues }: ObservedHost, states: readonly CardState[]): readonly Apqn[] {
  const online = new Set(cards.filter((card) => states.includes(describeCard(card).state)).map(({ id }) => id));
  return queues.filter(({ apqn, online: on }) => on === false && online.has(apidOf(apqn))).map(({ apqn }) => apqn);
}

/** In the order of their creation, which only a host in memory knows: its list begins with the newest. */
function inOrder(mdevs: readonly ObservedMdev[], host: Host | undefined): readonly ObservedMdev[] {
  if (!host) return mdevs;
  const age = new Map(host.state.listedMdevs().map((mdev, n) => [mdevName(mdev), n]));
  return [...mdevs].sort((a, b) => (age.get(b.uuid) ?? 0) - (age.get(a.uuid) ?? 0));
}

const describeMdev = (
  { uuid, matrix, controlDomains, isRunning }: ObservedMdev,
  guest: string | undefined,
  name: string | undefined,
): MdevDescription => ({
  uuid,
  name,
  adapters: matrix?.apm.ids() ?? [],
  domains: matrix?.aqm.ids() ?? [],
  controlDomains: controlDomains?.ids() ?? [],
  // A guest has no name in /sys, so it gets the name of its mdev.
  guest: guest ?? (isRunning === true ? uuid : undefined),
});
