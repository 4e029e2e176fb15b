// What must hold after every step, as named sentences. Where a kernel is known to break one (docs/kernel/faults.md, CVEs), the
// bug stands beside it: such a violation is that kernel's, every other one is ours.

import { apqnOf } from "../ap/apqn.ts";
import { type Apid, asApid, type Id, NONE } from "../ap/id.ts";
import type { Aqm, Mask } from "../ap/mask.ts";
import { isEmptyMatrix, type Matrix, matricesEqual } from "../ap/matrix.ts";
import { DANGLING, type HostState } from "../machine/host-state.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";
import type { Profile } from "./profile.ts";

/** A bug of some kernels that breaks an invariant. */
export interface KnownBug {
  /** B-n of docs/kernel/faults.md, or a CVE number. */
  readonly id: string;
  readonly kernels: (profile: Profile) => boolean;
}

export interface Invariant {
  /** Stated positively, one fact. */
  readonly name: string;
  /** Kernels it is a rule of; all, if not given. */
  readonly kernels?: (profile: Profile) => boolean;
  readonly holds: (host: Host) => boolean;
  readonly knownBugs?: readonly KnownBug[];
}

const keepsShadow = ({ filter }: Profile): boolean => filter === "whole" || filter === "new-part";
/** The filter looks only at what is new: at assignments, or at the end of a scan. */
const looksAtNewOnly = (profile: Profile): boolean =>
  keepsShadow(profile) && (profile.assignmentFilters === "new" || profile.additionFilters === "new");
const hasShadow = ({ filter }: Profile): boolean => filter !== "none";

const isPatch = ({ filter }: Profile): boolean => filter === "v11" || filter === "v12";

const everyMdev = ({ state }: Host, holds: (mdev: Mdev) => boolean): boolean => {
  for (let n = 0; n < state.mdevCount; n++) if (!holds(state.mdevAt(n))) return false;
  return true;
};

const everyAdapter = (state: HostState, holds: (apid: Apid) => boolean): boolean => {
  for (let adapter = 0; adapter < state.layout.adapters; adapter++) if (!holds(asApid(adapter))) return false;
  return true;
};

function everyPluggedRow({ shadow }: Mdev, holds: (apid: Apid) => boolean): boolean {
  for (let apid = shadow.apm.next(0); apid !== NONE; apid = shadow.apm.next(apid + 1)) if (!holds(apid)) return false;
  return true;
}

const within = <I extends Id>(inner: Mask<I>, outer: Mask<I>): boolean => outer.containsAll(inner);

function noSharedQueue({ state }: Host): boolean {
  for (let n = 0; n < state.mdevCount; n++) {
    for (let m = n + 1; m < state.mdevCount; m++) {
      const [a, b]: [Matrix, Matrix] = [state.mdevAt(n).matrix, state.mdevAt(m).matrix];
      if (a.apm.intersects(b.apm) && a.aqm.intersects(b.aqm)) return false;
    }
  }
  return true;
}

/** The queues of one adapter that are bound and assigned to some mdev, left in a working row. */
function boundAndAssigned({ state }: Host, apid: Apid): Aqm {
  const { workRow } = state.scratch;
  workRow.clear();
  for (let n = 0; n < state.mdevCount; n++) {
    const { matrix } = state.mdevAt(n);
    if (matrix.apm.has(apid)) workRow.addAll(matrix.aqm);
  }
  workRow.retainAll(state.vfioBound.row(apid));
  return workRow;
}

function noDanglingPointer({ state }: Host): boolean {
  return everyAdapter(state, (apid) => {
    const stale = state.stale.row(apid);
    for (let apqi = stale.next(0); apqi !== NONE; apqi = stale.next(apqi + 1)) {
      if (state.staleMdev.get(apqnOf(apid, apqi)) === DANGLING) return false;
    }
    return true;
  });
}

/** A guest whose masks may differ from the shadow: it was asked to give its device back, and its masks were cleared. */
const wasAskedToLeave = ({ profile }: Host, mdev: Mdev): boolean =>
  mdev.isBeingRemoved && profile.request === "clears-masks" && mdev.guestMasks.apm.isEmpty();

const hasNoMasks = ({ guestMasks }: Mdev): boolean => isEmptyMatrix(guestMasks);

export const invariants: readonly Invariant[] = [
  { name: "no queue is assigned to two mdevs", holds: noSharedQueue },
  {
    name: "a plugged queue is bound to vfio_ap",
    kernels: hasShadow,
    holds: (host) =>
      everyMdev(host, (mdev) =>
        everyPluggedRow(mdev, (apid) => within(mdev.shadow.aqm, host.state.vfioBound.row(apid))),
      ),
    knownBugs: [{ id: "CVE-2024-26620", kernels: looksAtNewOnly }],
  },
  {
    name: "a plugged queue is linked",
    kernels: hasShadow,
    holds: (host) =>
      everyMdev(host, (mdev) => everyPluggedRow(mdev, (apid) => within(mdev.shadow.aqm, host.state.linked.row(apid)))),
    knownBugs: [{ id: "CVE-2024-26620", kernels: looksAtNewOnly }],
  },
  {
    name: "the shadow lies within the matrix",
    holds: (host) =>
      everyMdev(
        host,
        ({ shadow, matrix }) =>
          within(shadow.apm, matrix.apm) && within(shadow.aqm, matrix.aqm) && within(shadow.adm, matrix.adm),
      ),
  },
  {
    name: "plugged adapters and domains are in the host's configuration",
    kernels: hasShadow,
    holds: (host) =>
      everyMdev(
        host,
        ({ shadow }) => within(shadow.apm, host.state.info.apm) && within(shadow.aqm, host.state.info.aqm),
      ),
    // Without any adapter the loop of that filter is not entered, so no domain is looked at.
    knownBugs: [{ id: "docs/kernel/hotplug.md §17.1, domains without adapters", kernels: isPatch }],
  },
  {
    name: "plugged control domains are in the host's configuration",
    kernels: ({ filtersControlDomains }) => filtersControlDomains,
    holds: (host) => everyMdev(host, ({ shadow }) => within(shadow.adm, host.state.info.adm)),
    knownBugs: [
      {
        id: "docs/kernel/versions.md §2, host removal of control domains",
        kernels: ({ controlDomainRemoval }) => controlDomainRemoval === "kept",
      },
    ],
  },
  {
    name: "a running guest has the masks of the shadow",
    holds: (host) =>
      everyMdev(
        host,
        (mdev) => !mdev.isAttached || matricesEqual(mdev.guestMasks, mdev.shadow) || wasAskedToLeave(host, mdev),
      ),
    knownBugs: [{ id: "B-18", kernels: ({ commitsHostRemoval }) => !commitsHostRemoval }],
  },
  {
    name: "masks are on only for a running guest",
    holds: (host) => everyMdev(host, (mdev) => mdev.isAttached || hasNoMasks(mdev)),
  },
  {
    name: "a guest that was asked to give its device back has nothing",
    kernels: ({ request }) => request === "clears-masks",
    holds: (host) => everyMdev(host, (mdev) => !mdev.isBeingRemoved || hasNoMasks(mdev)),
    knownBugs: [{ id: "B-12", kernels: () => true }],
  },
  {
    name: "every bound queue of a matrix is linked",
    kernels: (profile) => keepsShadow(profile) || !hasShadow(profile),
    holds: (host) =>
      everyAdapter(host.state, (apid) => within(boundAndAssigned(host, apid), host.state.linked.row(apid))),
  },
  {
    name: "a linked queue is bound and assigned",
    holds: (host) =>
      everyAdapter(host.state, (apid) => within(host.state.linked.row(apid), boundAndAssigned(host, apid))),
  },
  {
    name: "a queue that is bound has one driver and a device",
    holds: ({ state }) =>
      everyAdapter(state, (apid) => {
        const [vfio, cex] = [state.vfioBound.row(apid), state.cexBound.row(apid)];
        return !vfio.intersects(cex) && within(vfio, state.devices.row(apid)) && within(cex, state.devices.row(apid));
      }),
  },
  {
    name: "a queue device has a card",
    holds: ({ state }) => everyAdapter(state, (apid) => state.cards.has(apid) || state.devices.row(apid).isEmpty()),
  },
  {
    name: "a queue points to an mdev it has left only while it is bound and not linked",
    holds: ({ state }) =>
      everyAdapter(state, (apid) => {
        const stale = state.stale.row(apid);
        return within(stale, state.vfioBound.row(apid)) && !stale.intersects(state.linked.row(apid));
      }),
  },
  {
    name: "no queue points to an mdev that is gone",
    holds: noDanglingPointer,
    knownBugs: [{ id: "B-1", kernels: keepsShadow }],
  },
  {
    name: "the driver remembers resets and interrupts of bound queues only",
    holds: ({ state }) =>
      everyAdapter(state, (apid) => {
        const bound = state.vfioBound.row(apid);
        return within(state.unpassable.row(apid), bound) && within(state.registered.row(apid), bound);
      }),
  },
  {
    name: "interrupts are on only at queues that the machine has in order",
    holds: ({ state }) =>
      everyAdapter(state, (apid) => {
        const row = state.interrupts.row(apid);
        if (row.isEmpty()) return true;
        const inOrder = !state.deconfigured.has(apid) && !state.checkstopped.has(apid);
        return inOrder && state.machine.apm.has(apid) && within(row, state.machine.aqm);
      }),
  },
];

/** An invariant that does not hold now. */
export interface Violation {
  readonly name: string;
  /** The kernel's own bug, if it is known to do so. */
  readonly knownBug: string | undefined;
}

/** All violations of a host, those by known bugs of its kernel too. */
export function violations(host: Host): readonly Violation[] {
  const found: Violation[] = [];
  for (const { name, kernels, holds, knownBugs } of invariants) {
    if ((kernels && !kernels(host.profile)) || holds(host)) continue;
    const bug = knownBugs?.find((known) => known.kernels(host.profile));
    found.push({ name, knownBug: bug?.id });
  }
  return found;
}

/** Something that must hold for every step, told from the host before and after it. */
export interface StepInvariant {
  readonly name: string;
  readonly kernels?: (profile: Profile) => boolean;
  readonly holds: (before: HostState, host: Host) => boolean;
  readonly knownBugs?: readonly KnownBug[];
}

/** The adapters of a shadow that were not in it before, or all if it has gained a domain: only those can have new queues. */
function everyNewQueue(before: HostState, { state }: Host, holds: (apid: Apid, mdev: Mdev) => boolean): boolean {
  for (let n = 0; n < state.mdevCount; n++) {
    const mdev = state.mdevAt(n);
    const old = before.mdevs[mdev.index]?.shadow;
    const { apm, aqm } = mdev.shadow;
    const gainedDomain = !old || !within(aqm, old.aqm);
    for (let apid = apm.next(0); apid !== NONE; apid = apm.next(apid + 1)) {
      if ((gainedDomain || !old.apm.has(apid)) && !holds(apid, mdev)) return false;
    }
  }
  return true;
}

export const stepInvariants: readonly StepInvariant[] = [
  {
    name: "a queue that is plugged newly can be passed through",
    kernels: keepsShadow,
    holds: (before, host) =>
      everyNewQueue(
        before,
        host,
        (apid, { shadow }) =>
          within(shadow.aqm, host.state.vfioBound.row(apid)) && !host.state.unpassable.row(apid).intersects(shadow.aqm),
      ),
    knownBugs: [{ id: "CVE-2024-26620", kernels: looksAtNewOnly }],
  },
];

/** Violations of one step. */
export function stepViolations(before: HostState, host: Host): readonly Violation[] {
  return stepInvariants
    .filter(({ kernels, holds }) => (!kernels || kernels(host.profile)) && !holds(before, host))
    .map(({ name, knownBugs }) => ({ name, knownBug: knownBugs?.find((bug) => bug.kernels(host.profile))?.id }));
}
