// Makes a host description of what a /sys shows, so that a real machine, a lab or a trace becomes a file that can be brought up again. The
// result is tried: what a description cannot express becomes a warning.

import type {
  CardDescription,
  HostDescription,
  MdevDescription,
  OverrideDescription,
} from "../formats/description/host-description.ts";
import { readTypeName } from "../formats/description/host-file.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { maskText } from "../formats/reading/mask-value.ts";
import { type Apqn, apidOf, apqiOf, formatApqn } from "../system/ap/apqn.ts";
import { type Apid, type Apqi, asControlDomain } from "../system/ap/id.ts";
import { MAX_ADAPTER, MAX_DOMAIN } from "../system/machine/facts.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { ObservedCard, ObservedHost, ObservedMdev } from "../system/sysfs/observed-host.ts";
import { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { compareObserved } from "./compare-observed.ts";
import { profileOf } from "./detect-profile.ts";
import { hasExtendedAddressing, hasSecureBinding } from "./facilities.ts";
import { readKeysAndCounts } from "./read-keys.ts";
import type { Source } from "./source.ts";

export type Described =
  | {
      readonly ok: true;
      readonly value: HostDescription;
      /** The kernel with which it was tried. */
      readonly profile: Profile;
      readonly observed: ObservedHost;
      /** What is not as in the source, one sentence each. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** What is looked at of a source. */
export type Describable = Pick<Source, "sysfs" | "describes" | "guests" | "labels" | "profile" | "release" | "host">;

export function describeHost(source: Describable): Described {
  const { sysfs, describes, guests, host, labels } = source;
  const observed = observeHost(sysfs);
  const { apm, aqm, adm } = observed.machine;
  if (apm === "not supported" || aqm === "not supported" || adm === "not supported") {
    const message = "its machine does not tell its configuration (no QCI), which a host description cannot hold";
    return { ok: false, message };
  }
  const maxAdapter = observed.maxAdapter ?? MAX_ADAPTER.apxa;
  const maxDomain = observed.maxDomain ?? MAX_DOMAIN.apxa;
  const domains = aqm?.ids() ?? ascending(observed.queues.map(({ apqn }) => apqiOf(apqn)));
  const masks = { apmask: maskText<Apid>(observed.apmask), aqmask: maskText<Apqi>(observed.aqmask) };
  const named = overridesOf(observed);
  // Masks from boot parameters allow overrides; written masks do not.
  const isMasked = masks.apmask !== undefined || masks.aqmask !== undefined;
  const overrides = isMasked ? [] : named;
  const keysAndCounts = readKeysAndCounts(source, observed);
  const description: HostDescription = {
    describes,
    apxa: hasExtendedAddressing(observed),
    ...secureMembers(observed),
    maxAdapter,
    maxDomain,
    cards: [...observed.cards.map(describeCard), ...(domains.length === 0 ? cardsWithoutDevice(observed) : [])],
    domains,
    controlDomains: adm?.ids() ?? domains.map(asControlDomain),
    masks,
    overrides,
    unbound: unboundQueues(observed, overrides),
    offline: offlineQueues(observed),
    mdevs: inOrder(observed.mdevs, host).map((mdev) =>
      describeMdev(mdev, guests?.get(mdev.uuid)?.name, labels?.get(mdev.uuid)),
    ),
    ...(keysAndCounts && { keysAndCounts }),
  };
  const { profile } = profileOf(source, observed);
  const player = new Player(profile);
  for (const [i, operation] of hostOperations(description).entries()) player.apply(operation, i);
  const unknown = guests ? [] : observed.mdevs.filter(({ isRunning }) => isRunning === undefined);
  const warnings = [
    ...named
      .slice(overrides.length)
      .map(({ apqn, driver }) => `override ${driver} of ${formatApqn(apqn)} is left out: there are masks`),
    ...unknown.map(({ uuid }) => `whether a guest runs with ${uuid} cannot be told: described as not running`),
    ...boundWarning(observed),
    ...compareObserved(observed, observeHost(player.sysfs)).map((what) => `not as described: ${what}`),
  ];
  return { ok: true, value: description, profile, observed, warnings };
}

function secureMembers({ features, isSecureGuest }: ObservedHost) {
  if (!hasSecureBinding(features.bus)) return {};
  return { secureBinding: true, ...(isSecureGuest && { secureExecution: true }) } as const;
}

/** A queue that comes up is not bound. */
function boundWarning({ queues }: ObservedHost): readonly string[] {
  const bound = queues.filter(({ secureBind }) => secureBind === "bound").map(({ apqn }) => formatApqn(apqn));
  return bound.length === 0 ? [] : [`bound for Secure Execution, which a description does not say: ${bound.join(" ")}`];
}

const ascending = <T extends number>(ids: Iterable<T>): readonly T[] => [...new Set(ids)].sort((a, b) => a - b);

const OTHERWISE = { type: 12, mode: "cca" } as const;

/** A card shows its type only while it is bound to its driver, but always its hardware type and functions. */
function describeCard({ id, type, hwtype, mode, serial, config, chkstop, online }: ObservedCard): CardDescription {
  const named = type === undefined ? undefined : readTypeName(type);
  const known = named ?? { type: hwtype ?? OTHERWISE.type, mode: mode ?? OTHERWISE.mode };
  const broken = chkstop === true ? "chkstop" : online === false ? "offline" : "online";
  return { id, ...known, serial, state: config === false ? "deconfig" : broken };
}

/** Without a domain no queue answers for a card, so the bus has no device that shows its type. */
function cardsWithoutDevice({ cards, machine: { apm } }: ObservedHost): readonly CardDescription[] {
  const seen = new Set(cards.map(({ id }) => id));
  const ids = typeof apm === "object" ? apm.ids().filter((id) => !seen.has(id)) : [];
  return ids.map((id) => ({ id, ...OTHERWISE, serial: undefined, state: "online" }));
}

const overridesOf = ({ queues }: ObservedHost): readonly OverrideDescription[] =>
  queues.flatMap(({ apqn, override }) => (override ? [{ apqn, driver: override }] : []));

const DRIVERS: readonly string[] = ["vfio_ap", "cex4queue"];

/** A queue whose override names a driver that takes no queues has no driver anyway. */
function unboundQueues({ queues }: ObservedHost, overrides: readonly OverrideDescription[]): readonly Apqn[] {
  const waiting = new Set(overrides.filter(({ driver }) => !DRIVERS.includes(driver)).map(({ apqn }) => apqn));
  return queues.filter(({ apqn, driver }) => driver === null && !waiting.has(apqn)).map(({ apqn }) => apqn);
}

/** Queues of a card that is not online are offline anyway, so they do not count. */
function offlineQueues({ cards, queues }: ObservedHost): readonly Apqn[] {
  const online = new Set(cards.filter((card) => describeCard(card).state === "online").map(({ id }) => id));
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
