// What the checker looks for, as named sentences about the real core. Those that hold after every step of any run are in
// system/vfio-ap/invariants.ts and are taken from there; here are those about events, about what the checker keeps, or from the seed
// discussion.

import { apqnOf } from "../system/ap/apqn.ts";
import { asApid, asApqi, NONE } from "../system/ap/id.ts";
import type { Matrix } from "../system/ap/matrix.ts";
import type { HostState } from "../system/machine/host-state.ts";
import type { Mdev } from "../system/machine/mdev.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { type Invariant, invariants } from "../system/vfio-ap/invariants.ts";
import { backLink } from "../system/vfio-ap/links.ts";
import { isPlugged } from "../system/vfio-ap/plugged.ts";
import type { CheckEvent } from "./core/event.ts";
import { firstOutOfOrder, LOCKS } from "./core/locks.ts";
import type { ModelProperty } from "./model.ts";

/** The host that a property looks at. It must not be changed. */
export interface CheckedHost {
  readonly host: Host;
  readonly state: HostState;
  /** No scan is under way, and the host knows its machine. */
  readonly isQuiet: boolean;
}

/** An event with the host before and after it. */
export interface Step extends CheckedHost {
  readonly before: HostState;
  readonly event: CheckEvent;
  /** A guest got (or kept) a queue that another guest has used and that has not been reset since. */
  readonly passedOn: boolean;
  /** A queue was reset that a guest had before and has after it. */
  readonly zeroized: boolean;
  /** A queue is linked if and only if it is bound and assigned (v11 and v12: only if). */
  readonly linksHold: boolean;
}

interface Common extends ModelProperty {
  /** It is checked unless the user chooses. */
  readonly usual?: boolean;
  /** It looks at pointers that queues keep to mdevs they have left (`stale`), which are not part of a state otherwise. */
  readonly needsPointers?: boolean;
}

/** `always`: must hold in every state. `sometimes`: a state in which it holds is looked for. */
export interface StateProperty extends Common {
  readonly on: "state";
  readonly holds: (now: CheckedHost) => boolean;
}

/** The same for every event. */
export interface EventProperty extends Common {
  readonly on: "event";
  /** Events that need not be tested, because it holds for all of them. */
  readonly skips?: (event: CheckEvent) => boolean;
  readonly holds: (step: Step) => boolean;
}

export type CheckProperty = StateProperty | EventProperty;

const every = (state: HostState, holds: (mdev: Mdev) => boolean): boolean => {
  for (let n = 0; n < state.mdevCount; n++) if (!holds(state.mdevAt(n))) return false;
  return true;
};

const everyGuest = (state: HostState, holds: (mdev: Mdev) => boolean): boolean =>
  every(state, (mdev) => !mdev.isAttached || holds(mdev));

function noSharedQueue({ state }: CheckedHost): boolean {
  for (let n = 0; n < state.mdevCount; n++) {
    for (let m = n + 1; m < state.mdevCount; m++) {
      const [a, b] = [state.mdevAt(n).guestMasks, state.mdevAt(m).guestMasks];
      if (a.apm.intersects(b.apm) && a.aqm.intersects(b.aqm)) return false;
    }
  }
  return true;
}

const onlyBound = ({ state }: CheckedHost): boolean =>
  everyGuest(state, ({ guestMasks: { apm, aqm } }) => {
    for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
      if (!state.vfioBound.row(apid).containsAll(aqm)) return false;
    }
    return true;
  });

const onlyOfTheHost = ({ state }: CheckedHost): boolean =>
  everyGuest(
    state,
    ({ guestMasks: { apm, aqm } }) =>
      apm.isEmpty() || aqm.isEmpty() || (state.info.apm.containsAll(apm) && state.info.aqm.containsAll(aqm)),
  );

const onlyControlOfTheHost = ({ host, state }: CheckedHost): boolean =>
  !host.profile.filtersControlDomains ||
  everyGuest(state, ({ guestMasks: { adm } }) => state.info.adm.containsAll(adm));

const hasWholeGuest = ({ state }: CheckedHost): boolean =>
  !everyGuest(state, ({ guestMasks: { apm, aqm } }) => apm.count() < 2 || aqm.count() < 2);

/** The linked queues of a running guest's plugged adapters, or of all, have their domains plugged. */
const domainsPlugged = (state: HostState, pluggedOnly: boolean): boolean =>
  everyGuest(state, ({ matrix, shadow }) => {
    const { lookedAqm: linked } = state.scratch;
    for (let apid = matrix.apm.next(0); apid !== NONE; apid = matrix.apm.next(apid + 1)) {
      if (pluggedOnly && !shadow.apm.has(apid)) continue;
      linked.setIntersection(state.linked.row(apid), matrix.aqm);
      if (!shadow.aqm.containsAll(linked)) return false;
    }
    return true;
  });

/** The same for queues that still point to the mdev but are not linked. */
const stalePlugged = (state: HostState): boolean => {
  for (let a = 0; a < state.layout.adapters; a++) {
    const stale = state.stale.row(asApid(a));
    for (let apqi = stale.next(0); apqi !== NONE; apqi = stale.next(apqi + 1)) {
      const mdev = backLink(state, apqnOf(asApid(a), apqi));
      if (mdev?.isAttached && mdev.shadow.apm.has(asApid(a)) && !mdev.shadow.aqm.has(apqi)) return false;
    }
  }
  return true;
};

/** The guest has all queues of the host that it could have: those of adapters with all their queues. */
function hasAllItCould(state: HostState, { matrix, guestMasks, isBeingRemoved }: Mdev): boolean {
  if (isBeingRemoved) return true;
  const { lookedApm: apm, lookedAqm: aqm } = state.scratch;
  apm.setIntersection(matrix.apm, state.info.apm);
  aqm.setIntersection(matrix.aqm, state.info.aqm);
  if (aqm.isEmpty()) return true;
  for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
    const isWhole = state.linked.row(apid).containsAll(aqm) && !state.unpassable.row(apid).intersects(aqm);
    if (isWhole && !(guestMasks.apm.has(apid) && guestMasks.aqm.containsAll(aqm))) return false;
  }
  return true;
}

const nothingLeftOut = ({ state, isQuiet }: CheckedHost): boolean =>
  !isQuiet || everyGuest(state, (mdev) => hasAllItCould(state, mdev));

/** The adapter, domain or mdev that an event is about: properties skip events that have none. */
function the(id: number | undefined): number {
  if (id === undefined) throw new Error("this property must skip the event");
  return id;
}

/** These work out again what the guest of the mdev gets. */
const FILTERING: ReadonlySet<string> = new Set(["assign-adapter", "assign-domain", "ap-config"]);

function isFresh({ state, event }: Step): boolean {
  const mdev = state.mdevs[the(event.mdev)]!;
  return !mdev.isAttached || hasAllItCould(state, mdev);
}

/** A queue that was in these masks is no longer in them. */
const hasLost = (before: Matrix, now: Matrix): boolean =>
  !before.apm.isEmpty() &&
  !before.aqm.isEmpty() &&
  !(now.apm.containsAll(before.apm) && now.aqm.containsAll(before.aqm));

const nobodyLost = ({ before, state }: Step, spared: (mdev: Mdev) => boolean): boolean =>
  everyGuest(before, (mdev) => !spared(mdev) || !hasLost(mdev.guestMasks, state.mdevs[mdev.index]!.guestMasks));

const GIVING: ReadonlySet<string> = new Set(["bind", "assign-adapter", "assign-domain"]);

function removesUnplugged(step: Step): boolean {
  const { event, before, state } = step;
  const apid = asApid(the(event.adapter));
  const apqi = asApqi(the(event.domain));
  const apqn = apqnOf(apid, apqi);
  if (!before.vfioBound.has(apqn) || state.vfioBound.has(apqn)) return true;
  return nobodyLost(step, ({ guestMasks }) => !isPlugged(guestMasks, apid, apqi));
}

const ofState = (
  name: string,
  sentence: string,
  holds: StateProperty["holds"],
  other: Partial<StateProperty> = {},
): StateProperty => ({ name, sentence, kind: "always", on: "state", usual: true, holds, ...other });

const ofEvent = (
  name: string,
  sentence: string,
  holds: EventProperty["holds"],
  skips: EventProperty["skips"] = () => false,
): EventProperty => ({ name, sentence, kind: "always", on: "event", usual: true, holds, skips });

const OWN: readonly CheckProperty[] = [
  ofState("one-guest", "no queue is in two guests", noSharedQueue),
  ofState("bound", "a guest sees only queues that are bound to vfio_ap", onlyBound),
  ofState("host", "a guest sees only queues of the host's configuration", onlyOfTheHost),
  ofState("control", "a guest sees only control domains of the host's configuration", onlyControlOfTheHost),
  ofState(
    "assertion",
    "a linked queue of a running guest whose adapter is in the shadow has its domain there as well",
    ({ state }) => domainsPlugged(state, true),
  ),
  ofState(
    "linked-domain",
    "a linked queue of a running guest has its domain in the shadow, whatever its adapter",
    ({ state }) => domainsPlugged(state, false),
    { usual: false },
  ),
  ofState(
    "pointer",
    "a queue that points to a running guest's mdev, with its adapter in the shadow, has its domain there as well",
    ({ state }) => domainsPlugged(state, true) && stalePlugged(state),
    { usual: false, needsPointers: true },
  ),
  ofState("progress", "nothing that a guest could have stays unplugged once things are quiet", nothingLeftOut),
  ofEvent(
    "fresh",
    "after an assignment the guest has whatever it could have",
    isFresh,
    ({ does }) => !FILTERING.has(does),
  ),
  ofEvent("reset", "no queue goes from one guest to another without a reset", ({ passedOn }) => !passedOn),
  ofEvent(
    "untouched",
    "no queue that a guest keeps is zeroized but by the guest itself",
    ({ zeroized, event }) => !zeroized || event.does === "reset",
  ),
  ofEvent(
    "giving",
    "binding and assigning take nothing from a running guest",
    (step) => nobodyLost(step, () => true),
    ({ does }) => !GIVING.has(does),
  ),
  ofEvent(
    "unplugged-removal",
    "removing a queue that a guest does not have takes nothing from it",
    removesUnplugged,
    ({ does }) => does !== "unbind" && does !== "scan-device",
  ),
  ofEvent(
    "lock-order",
    "locks are taken in order: attribute, guests, kvm, hook, mdevs",
    () => false,
    ({ does }) => firstOutOfOrder(LOCKS[does]) === undefined,
  ),
  ofEvent(
    "links",
    "a queue is linked if and only if it is bound and assigned (v11, v12: only if)",
    ({ linksHold }) => linksHold,
  ),
  ofState("whole-guest", "some guest has two adapters and two domains", hasWholeGuest, {
    kind: "sometimes",
    usual: false,
  }),
];

/** Invariants with the names that they have here; those that are left out say the same as one above about fewer states. */
const INVARIANTS: Readonly<Record<string, string>> = {
  "no queue is assigned to two mdevs": "one-mdev",
  "a plugged queue is bound to vfio_ap": "shadow-bound",
  "a plugged queue is linked": "shadow-linked",
  "the shadow lies within the matrix": "matrix",
  "plugged adapters and domains are in the host's configuration": "shadow-host",
  "plugged control domains are in the host's configuration": "shadow-control",
  "a running guest has the masks of the shadow": "guest-shadow",
  "masks are on only for a running guest": "no-guest",
  "a guest that was asked to give its device back has nothing": "asked-to-leave",
  "a queue that is bound has one driver and a device": "one-driver",
  "a queue device has a card": "device-card",
  "a queue points to an mdev it has left only while it is bound and not linked": "stale-link",
  "no queue points to an mdev that is gone": "link-gone",
};
const USUAL_INVARIANTS: ReadonlySet<string> = new Set(["one-mdev", "matrix", "link-gone"]);

function fromInvariant({ name, holds, kernels }: Invariant): StateProperty | undefined {
  const short = INVARIANTS[name];
  if (short === undefined) return undefined;
  const other = { needsPointers: short === "stale-link", usual: USUAL_INVARIANTS.has(short) };
  return ofState(short, name, ({ host }) => (kernels !== undefined && !kernels(host.profile)) || holds(host), other);
}

/** All properties. */
export const PROPERTIES: readonly CheckProperty[] = [
  ...OWN,
  ...invariants.flatMap((invariant) => fromInvariant(invariant) ?? []),
];
