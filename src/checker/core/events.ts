// Everything that can happen in a universe, one after the other by number: as a line of a scenario for people, and as a call of the very
// functions that a lab calls. What is refused, or would do nothing, does not happen.

import { type Apid, type Apqi, asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import { AP_BUS } from "../../system/ap/paths.ts";
import { bind, driversProbe, unbind } from "../../system/bus/manual-binding.ts";
import { storeApmask, storeAqmask } from "../../system/bus/masks.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { writeApConfig } from "../../system/vfio-ap/ap-config.ts";
import { assignAdapter, assignControlDomain, assignDomain } from "../../system/vfio-ap/assign.ts";
import { closeMdev, openMdev, resetMdev } from "../../system/vfio-ap/guest.ts";
import { createMdev, removeMdev, requestDevice } from "../../system/vfio-ap/mdev-life.ts";
import { unassignAdapter, unassignControlDomain, unassignDomain } from "../../system/vfio-ap/unassign.ts";
import type { Uuid } from "../../system/vfio-ap/uuid.ts";
import { adapterText, domainText, guestText, mdevText, queueText, range } from "../names.ts";
import type { CheckEvent } from "./event.ts";
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
    const about = { adapter: a, domain: d };
    const isFree = () => state.devices.has(apqn) && !state.vfioBound.has(apqn) && !state.cexBound.has(apqn);
    const overrideTo = (name: string): CheckEvent => ({
      kind: "override",
      deed: "override",
      ...about,
      lines: [`echo ${name} > /sys/${AP_BUS}/devices/${text}/driver_override`],
      happen: () => world.universe.profile.driverOverride && state.devices.has(apqn) && world.override(apqn, name),
    });
    return [
      {
        kind: "bind",
        deed: "bind",
        ...about,
        lines: [`bind ${text}`],
        happen: () => isFree() && bind(host, "vfio_ap", queue).ok,
      },
      {
        kind: "unbind",
        deed: "unbind",
        ...about,
        lines: [`unbind ${text}`],
        happen: () => state.vfioBound.has(apqn) && unbind(host, "vfio_ap", queue).ok,
      },
      {
        kind: "probe",
        deed: "probe",
        ...about,
        lines: [`echo ${text} > /sys/${AP_BUS}/drivers_probe`],
        happen: () => isFree() && driversProbe(host, queue).ok && state.isBound(apqn),
      },
      {
        kind: "probe",
        deed: "probe",
        ...about,
        lines: [`unbind cex4queue ${text}`],
        happen: () => state.cexBound.has(apqn) && unbind(host, "cex4queue", queue).ok,
      },
      overrideTo("vfio_ap"),
      overrideTo("cex4queue"),
      overrideTo(""),
    ];
  });
}

/** An mdev that a write reaches: there, and not being removed. */
const isThere = (mdev: Mdev): boolean => !mdev.isFree && !mdev.isBeingRemoved;

const HALVES = { adapter: adapterText, domain: domainText, control: domainText } as const;

function assignmentEvents(world: World): CheckEvent[] {
  const { host, universe } = world;
  const { adapters, domains, mdevs } = universe;
  const events: CheckEvent[] = [];
  for (const g of range(mdevs)) {
    const mdev = host.state.mdevs[g]!;
    const { matrix } = mdev;
    const add = (verb: "assign" | "unassign", half: keyof typeof HALVES, id: number, happen: () => boolean): void => {
      events.push({
        kind: half === "control" ? "control" : verb,
        deed: `${verb}-${half}`,
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

/** Every matrix that can be written at once; of the control domains all or none. */
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
          deed: "ap-config",
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
    const both = `${guestText(g)} ${mdevText(g)}`;
    return [
      {
        kind: "open",
        deed: "open",
        mdev: g,
        lines: [`start ${both}`],
        happen: () => isThere(mdev) && !mdev.isAttached && openMdev(host, mdev, guest).ok,
      },
      {
        kind: "close",
        deed: "close",
        mdev: g,
        lines: [`stop ${both}`],
        happen: () => {
          if (!mdev.isAttached) return false;
          closeMdev(host, mdev);
          return true;
        },
      },
      {
        kind: "reset",
        deed: "reset",
        mdev: g,
        lines: [`reset ${both}`],
        happen: () => {
          if (!mdev.isAttached) return false;
          resetMdev(host, mdev);
          return true;
        },
      },
    ];
  });
}

function mdevEvents({ host, universe }: World): CheckEvent[] {
  return range(universe.mdevs).flatMap((g): CheckEvent[] => {
    const mdev = host.state.mdevs[g]!;
    const uuid: Uuid = [mdev.uuidWord(0), mdev.uuidWord(1), mdev.uuidWord(2), mdev.uuidWord(3)];
    const about = { kind: "mdev", mdev: g } as const;
    return [
      {
        ...about,
        deed: "mdev-create",
        lines: [`mdev ${mdevText(g)}`],
        happen: () => {
          if (!mdev.isFree || !createMdev(host, uuid).ok) return false;
          // A new mdev takes the first free slot; in the checker every mdev has its own.
          const made = host.state.mdevAt(0);
          if (made !== mdev) host.state.moveMdev(made, mdev);
          return true;
        },
      },
      {
        ...about,
        deed: "mdev-remove",
        lines: [`remove ${mdevText(g)}`],
        happen: () => {
          if (!isThere(mdev)) return false;
          removeMdev(host, mdev);
          return true;
        },
      },
      {
        ...about,
        deed: "mdev-request",
        lines: [`request ${mdevText(g)}`],
        happen: () => {
          if (!mdev.isBeingRemoved || host.profile.request === "none") return false;
          requestDevice(host, mdev);
          return true;
        },
      },
    ];
  });
}

function maskEvents(world: World): CheckEvent[] {
  const { host, universe } = world;
  const { state } = host;
  const [apm, aqm] = [newMask<Apid>(), newMask<Apqi>()];
  const event = (verb: "free" | "keep", half: "adapter" | "domain", id: number, happen: () => boolean): CheckEvent => ({
    kind: "masks",
    deed: "masks",
    [half]: id,
    lines: [`${verb} ${half} ${HALVES[half](id)}`],
    happen: () => world.mayWriteMasks() && happen(),
  });
  const ofAdapter = (apid: Apid, verb: "free" | "keep") =>
    event(verb, "adapter", apid, () => {
      if (state.apmask.has(apid) === (verb === "keep")) return false;
      apm.copy(state.apmask);
      apm.set(apid, verb === "keep");
      return storeApmask(host, apm).ok;
    });
  const ofDomain = (apqi: Apqi, verb: "free" | "keep") =>
    event(verb, "domain", apqi, () => {
      if (state.aqmask.has(apqi) === (verb === "keep")) return false;
      aqm.copy(state.aqmask);
      aqm.set(apqi, verb === "keep");
      return storeAqmask(host, aqm).ok;
    });
  const verbs = ["free", "keep"] as const;
  return [
    ...range(universe.adapters).flatMap((a) => verbs.map((verb) => ofAdapter(asApid(a), verb))),
    ...range(universe.domains).flatMap((d) => verbs.map((verb) => ofDomain(asApqi(d), verb))),
  ];
}
