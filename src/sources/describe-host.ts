// Makes a host description of what a /sys shows, so that a real machine, a lab or a trace becomes a file that can be brought up again. The
// result is tried: what a description cannot express becomes a warning.

import type { HostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { apqiOf } from "../system/ap/apqn.ts";
import { asControlDomain } from "../system/ap/id.ts";
import { MAX_ADAPTER, MAX_DOMAIN } from "../system/machine/facts.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { compareObserved } from "./compare-observed.ts";
import { cardsWithoutDevice, describeCard } from "./describe-card.ts";
import { compareInside, describeInside } from "./describe-guests.ts";
import { describeLinux } from "./describe-linux.ts";
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
export type Describable = Pick<
  Source,
  "sysfs" | "describes" | "guests" | "labels" | "profile" | "release" | "host" | "inside"
>;

export function describeHost(source: Describable): Described {
  const { sysfs, describes, guests, labels } = source;
  const observed = observeHost(sysfs);
  const { apm, aqm, adm } = observed.machine;
  if (apm === "not supported" || aqm === "not supported" || adm === "not supported") {
    const message = "its machine does not tell its configuration (no QCI), which a host description cannot hold";
    return { ok: false, message };
  }
  const maxAdapter = observed.maxAdapter ?? MAX_ADAPTER.apxa;
  const maxDomain = observed.maxDomain ?? MAX_DOMAIN.apxa;
  const domains = aqm?.ids() ?? ascending(observed.queues.map(({ apqn }) => apqiOf(apqn)));
  const described = describeLinux(observed, source, ["online"]);
  const keysAndCounts = readKeysAndCounts(source, observed);
  const bare: HostDescription = {
    describes,
    apxa: hasExtendedAddressing(observed),
    ...secureMembers(observed, source.host),
    maxAdapter,
    maxDomain,
    cards: [...observed.cards.map(describeCard), ...(domains.length === 0 ? cardsWithoutDevice(observed) : [])],
    domains,
    controlDomains: adm?.ids() ?? domains.map(asControlDomain),
    ...described.linux,
    ...(keysAndCounts && { keysAndCounts }),
  };
  const { profile } = profileOf(source, observed);
  const inside = source.inside && describeInside(bare, source.inside, labels);
  const description: HostDescription = inside?.guests ? { ...bare, guests: inside.guests } : bare;
  const player = new Player(profile);
  for (const [i, operation] of hostOperations(description).entries()) player.apply(operation, i);
  const unknown = guests ? [] : observed.mdevs.filter(({ isRunning }) => isRunning === undefined);
  const warnings = [
    ...described.warnings,
    ...unknown.map(({ uuid }) => `whether a guest runs with ${uuid} cannot be told: described as not running`),
    ...(inside?.warnings ?? []),
    ...compareObserved(observed, observeHost(player.sysfs)).map((what) => `not as described: ${what}`),
    ...(source.inside && player.hasInside ? compareInside(source.inside, player) : []),
  ];
  return { ok: true, value: description, profile, observed, warnings };
}

/** Older kernels do not show it, so a host in memory is asked itself. */
function secureMembers({ features, isSecureGuest }: ObservedHost, host: Host | undefined) {
  if (!host?.state.facts.apsb && !hasSecureBinding(features.bus)) return {};
  return { secureBinding: true, ...(isSecureGuest && { secureExecution: true }) } as const;
}

const ascending = <T extends number>(ids: Iterable<T>): readonly T[] => [...new Set(ids)].sort((a, b) => a - b);
