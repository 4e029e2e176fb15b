// Everything that can happen in a universe, in the order of its numbers: as a line of a scenario for people, and as a call of the same
// functions that a lab calls. What is refused, or would change nothing, does not happen.

import { type Apid, type Apqi, asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { type Mask, maskOf, newMask } from "../../system/ap/mask.ts";
import { AP_BUS } from "../../system/ap/paths.ts";
import { bind, driversProbe, unbind } from "../../system/bus/manual-binding.ts";
import { mayWriteMasks, storeApmask, storeAqmask } from "../../system/bus/masks.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { writeApConfig } from "../../system/vfio-ap/ap-config.ts";
import { assignAdapter, assignControlDomain, assignDomain } from "../../system/vfio-ap/assign.ts";
import { closeMdev, openMdev, resetMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { createMdev, removeMdev, requestDevice } from "../../system/vfio-ap/mdev-life.ts";
import { unassignAdapter, unassignControlDomain, unassignDomain } from "../../system/vfio-ap/unassign.ts";
import type { Uuid } from "../../system/vfio-ap/uuid.ts";
import { adapterText, domainText, guestText, HALVES, type Half, mdevText, queueText, range } from "../number-names.ts";
import { type CheckEvent, done } from "./event.ts";
import type { EventKind } from "./kinds.ts";
import type { KernelStep } from "./locks.ts";
import { machineEvents } from "./machine-events.ts";
import type { Use } from "./use.ts";
import type { World } from "./world.ts";

export function eventsOf(world: World, use: Use): readonly CheckEvent[] {
  const { kinds } = world.universe;
  const all = [
    ...bindingEvents(world),
    ...assignmentEvents(world),
    ...guestEvents(world),
    ...mdevEvents(world),
    ...maskEvents(world),
    ...machineEvents(world, use),
  ];
  return all.filter(({ kind }) => kinds.has(kind));
}

function bindingEvents(world: World): CheckEvent[] {
  const { host } = world;
  const { state } = host;
  return world.queues().flatMap(({ a, d, apqn }): CheckEvent[] => {
    const queue = { kind: "queue", apqn } as const;
    const text = queueText(a, d);
    const isFree = () => state.devices.has(apqn) && !state.vfioBound.has(apqn) && !state.cexBound.has(apqn);
    const mayOverride = () => world.universe.profile.driverOverride && state.devices.has(apqn);
    const event = (kind: EventKind & KernelStep, line: string, happen: () => boolean): CheckEvent => ({
      kind,
      does: kind,
      adapter: a,
      domain: d,
      lines: [line],
      happen,
    });
    return [
      event("bind", `bind ${text}`, () => isFree() && bind(host, "vfio_ap", queue).ok),
      event("unbind", `unbind ${text}`, () => state.vfioBound.has(apqn) && unbind(host, "vfio_ap", queue).ok),
      event(
        "probe",
        `echo ${text} > /sys/${AP_BUS}/drivers_probe`,
        () => isFree() && driversProbe(host, queue).ok && state.isBound(apqn),
      ),
      event("probe", `unbind cex4queue ${text}`, () => state.cexBound.has(apqn) && unbind(host, "cex4queue", queue).ok),
      ...["vfio_ap", "cex4queue", ""].map((name) =>
        event(
          "override",
          `echo ${name} > /sys/${AP_BUS}/devices/${text}/driver_override`,
          () => mayOverride() && world.override(apqn, name),
        ),
      ),
    ];
  });
}

/** A write reaches the mdev: it is there, and it is not being removed. */
const isThere = (mdev: Mdev): boolean => !mdev.isFree && !mdev.isBeingRemoved;

function assignmentEvents(world: World): CheckEvent[] {
  const { host, universe } = world;
  const { adapters, domains, mdevs } = universe;
  const events: CheckEvent[] = [];
  for (const g of range(mdevs)) {
    const mdev = host.state.mdevs[g]!;
    const { matrix } = mdev;
    const add = (verb: "assign" | "unassign", half: Half, id: number, happen: () => boolean): void => {
      events.push({
        kind: half === "control" ? "control" : verb,
        does: `${verb}-${half}`,
        [half]: id,
        mdev: g,
        lines: [`${verb} ${mdevText(g)} ${half} ${HALVES[half](id)}`],
        happen: () => isThere(mdev) && happen(),
      });
    };
    for (const id of range(adapters).map(asApid)) {
      add("assign", "adapter", id, () => !matrix.apm.has(id) && assignAdapter(host, mdev, id).ok);
      add("unassign", "adapter", id, () => matrix.apm.has(id) && unassignAdapter(host, mdev, id).ok);
    }
    for (const id of range(domains).map(asApqi)) {
      add("assign", "domain", id, () => !matrix.aqm.has(id) && assignDomain(host, mdev, id).ok);
      add("unassign", "domain", id, () => matrix.aqm.has(id) && unassignDomain(host, mdev, id).ok);
    }
    for (const id of range(domains).map(asControlDomain)) {
      add("assign", "control", id, () => !matrix.adm.has(id) && assignControlDomain(host, mdev, id).ok);
      add("unassign", "control", id, () => matrix.adm.has(id) && unassignControlDomain(host, mdev, id).ok);
    }
    if (universe.kinds.has("ap_config")) events.push(...configEvents(world, mdev, g));
  }
  return events;
}

/** Every matrix that can be written at once; of the control domains, all or none. */
function configEvents({ host, universe }: World, mdev: Mdev, g: number): CheckEvent[] {
  const { adapters, domains } = universe;
  const idsIn = (set: number, n: number): readonly number[] => range(n).filter((id) => ((set >> id) & 1) === 1);
  const textOf = (ids: readonly number[], text: (id: number) => string): string =>
    ids.length === 0 ? "none" : ids.map(text).join(" ");
  const controlSets = universe.kinds.has("control") ? [0, 2 ** domains - 1] : [0];
  return range(2 ** adapters).flatMap((a) =>
    range(2 ** domains).flatMap((d) =>
      controlSets.map((c): CheckEvent => {
        const [apids, apqis, controls] = [idsIn(a, adapters), idsIn(d, domains), idsIn(c, domains)];
        const to = {
          apm: maskOf(apids.map(asApid)),
          aqm: maskOf(apqis.map(asApqi)),
          adm: maskOf(controls.map(asControlDomain)),
        };
        const text = `adapter ${textOf(apids, adapterText)} domain ${textOf(apqis, domainText)} control ${textOf(controls, domainText)}`;
        return {
          kind: "ap_config",
          does: "ap-config",
          mdev: g,
          lines: [`ap_config ${mdevText(g)} ${text}`],
          happen: () => host.profile.apConfig && isThere(mdev) && writeApConfig(host, mdev, to).ok,
        };
      }),
    ),
  );
}

function guestEvents({ host, universe }: World): CheckEvent[] {
  return range(universe.mdevs).flatMap((g): CheckEvent[] => {
    const mdev = host.state.mdevs[g]!;
    const guest = host.state.names.numberOf(guestText(g));
    const event = (kind: EventKind & KernelStep, verb: string, happen: () => boolean): CheckEvent => ({
      kind,
      does: kind,
      mdev: g,
      lines: [`${verb} ${guestText(g)} ${mdevText(g)}`],
      happen,
    });
    return [
      event("open", "start", () => isThere(mdev) && !mdev.isAttached && openMdev(host, mdev, guest).ok),
      event("close", "stop", () => mdev.isAttached && done(closeMdev(host, mdev))),
      event("reset", "reset", () => mdev.isAttached && done(resetMdev(host, mdev))),
    ];
  });
}

function mdevEvents({ host, universe }: World): CheckEvent[] {
  return range(universe.mdevs).flatMap((g): CheckEvent[] => {
    const mdev = host.state.mdevs[g]!;
    const uuid: Uuid = [mdev.uuidWord(0), mdev.uuidWord(1), mdev.uuidWord(2), mdev.uuidWord(3)];
    const create = () => {
      if (!mdev.isFree || !createMdev(host, uuid).ok) return false;
      // A new mdev takes the first free slot; in the checker every mdev has its own.
      const made = host.state.mdevAt(0);
      if (made !== mdev) host.state.moveMdev(made, mdev);
      return true;
    };
    const mayRequest = () => mdev.isBeingRemoved && host.profile.request !== "none";
    const event = (does: KernelStep, verb: string, happen: () => boolean): CheckEvent => ({
      kind: "mdev",
      does,
      mdev: g,
      lines: [`${verb} ${mdevText(g)}`],
      happen,
    });
    return [
      event("mdev-create", "mdev", create),
      event("mdev-remove", "remove", () => isThere(mdev) && done(removeMdev(host, mdev))),
      event("mdev-request", "request", () => mayRequest() && done(requestDevice(host, mdev))),
    ];
  });
}

/** An adapter or a domain is freed, or kept for the host. */
function maskEvents({ host, universe }: World): CheckEvent[] {
  const event = <I extends Apid | Apqi>(half: "adapter" | "domain", id: I, mask: Mask<I>, store: MaskStore<I>) => {
    const next = newMask<I>();
    return ["free", "keep"].map((verb): CheckEvent => {
      const keeps = verb === "keep";
      return {
        kind: "masks",
        does: "masks",
        [half]: id,
        lines: [`${verb} ${half} ${HALVES[half](id)}`],
        happen: () => {
          if (!mayWriteMasks(host).ok || mask.has(id) === keeps) return false;
          next.copy(mask);
          next.set(id, keeps);
          return store(host, next).ok;
        },
      };
    });
  };
  const { apmask, aqmask } = host.state;
  return [
    ...range(universe.adapters).flatMap((a) => event("adapter", asApid(a), apmask, storeApmask)),
    ...range(universe.domains).flatMap((d) => event("domain", asApqi(d), aqmask, storeAqmask)),
  ];
}

type MaskStore<I extends Apid | Apqi> = (host: Host, mask: Mask<I>) => { readonly ok: boolean };
