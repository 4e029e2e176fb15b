// Every event that makes sense for a queue, an adapter, a domain, an mdev as it is now, in the words of the console.

import { type Apqn, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { NEWEST_TYPE, OLDEST_TYPE } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asControlDomain } from "../../system/ap/id.ts";
import { driverOf } from "../../system/bus/binding.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { overrideWrite, probeWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

export interface Deed {
  readonly title: string;
  readonly words: string;
  /** Something breaks or goes away. */
  readonly isHard?: boolean;
}

export function queueDeeds(host: Host, apqn: Apqn): readonly Deed[] {
  const { state } = host;
  const name = formatApqn(apqn);
  if (!state.holds(apqn)) return [];
  const hasDevice = state.devices.has(apqn);
  const scan = { title: "Scan it alone", words: `scan device ${name}` };
  if (!hasDevice) return [scan];
  const driver = driverOf(host, apqn);
  const [override] = overrideWrite(apqn);
  const [probe] = probeWrite(apqn);
  const deeds: (Deed | false)[] = [
    driver === undefined && { title: "Bind to vfio_ap", words: `bind ${name}` },
    driver === undefined && { title: "Bind to cex4queue", words: `bind cex4queue ${name}` },
    driver !== undefined && { title: `Unbind from ${driver}`, words: `unbind ${driver} ${name}`, isHard: true },
    host.profile.driverOverride &&
      !state.overridden.has(apqn) && { title: "Override: vfio_ap", words: `echo vfio_ap > ${override}` },
    host.profile.driverOverride &&
      state.overridden.has(apqn) && { title: "Clear override", words: `write ${override} "\\n"` },
    state.resetFault.get(apqn) === 0
      ? { title: "Let resets fail", words: `fault ${name} reset 42`, isHard: true }
      : { title: "Let resets work", words: `fault ${name} reset ok` },
    ...interruptDeeds(host, apqn, name),
    driver === undefined && { title: "Probe drivers", words: `echo ${name} > ${probe}` },
    scan,
  ];
  return deeds.filter((deed) => deed !== false);
}

/** What the guest does that has the queue, and how the machine answers it. */
function interruptDeeds({ state }: Host, apqn: Apqn, name: string): readonly Deed[] {
  const owner = state.ownerOf(apqn);
  if (owner?.guest === undefined) return [];
  const guest = state.names.nameOf(owner.guest);
  return [
    { title: "Interrupts on", words: `interrupts-on ${name} ${guest}` },
    { title: "Interrupts off", words: `interrupts-off ${name} ${guest}` },
    state.aqicFault.get(apqn) === 0
      ? { title: "Let interrupts fail", words: `fault ${name} interrupts 05`, isHard: true }
      : { title: "Let interrupts work", words: `fault ${name} interrupts ok` },
  ];
}

export function adapterDeeds(host: Host, apid: Apid, uuid: string | undefined): readonly Deed[] {
  const { state } = host;
  const adapter = formatApid(apid);
  const mdev = uuid === undefined ? undefined : mdevNamed(host, uuid);
  const isAssigned = mdev?.matrix.apm.has(apid);
  const deeds: Deed[] = [];
  if (mdev && apid < state.layout.adapters) {
    deeds.push(
      isAssigned
        ? { title: "Unassign", words: `unassign ${uuid} adapter ${adapter}`, isHard: true }
        : { title: "Assign", words: `assign ${uuid} adapter ${adapter}` },
    );
  }
  deeds.push(
    state.apmask.has(apid)
      ? { title: "Free from host", words: `free adapter ${adapter}` }
      : { title: "Keep for host", words: `keep adapter ${adapter}` },
  );
  if (!state.machine.apm.has(apid)) {
    deeds.push({ title: "Machine gains it", words: `machine gains adapter ${adapter}` });
    return deeds;
  }
  deeds.push(
    state.deconfigured.has(apid)
      ? { title: "Configure card", words: `card ${adapter} configured` }
      : { title: "Standby", words: `card ${adapter} standby`, isHard: true },
    state.checkstopped.has(apid)
      ? { title: "Repair", words: `card ${adapter} repaired` }
      : { title: "Check-stop", words: `card ${adapter} checkstopped`, isHard: true },
    { title: "Machine loses it", words: `machine loses adapter ${adapter}`, isHard: true },
    exchangeOf(state.machineType(apid), adapter),
  );
  return deeds;
}

/** Each type for the next, and the newest for the oldest. */
function exchangeOf(type: number, adapter: string): Deed {
  const next = type >= NEWEST_TYPE ? OLDEST_TYPE : Math.max(type + 1, OLDEST_TYPE);
  return { title: `Exchange for a CEX${next - 6}`, words: `card ${adapter} type ${next}`, isHard: true };
}

export function domainDeeds(host: Host, apqi: Apqi, uuid: string | undefined): readonly Deed[] {
  const { state } = host;
  const domain = formatApqi(apqi);
  const mdev = uuid === undefined ? undefined : mdevNamed(host, uuid);
  const deeds: Deed[] = [];
  if (mdev && apqi < state.layout.domains) {
    deeds.push(
      mdev.matrix.aqm.has(apqi)
        ? { title: "Unassign", words: `unassign ${uuid} domain ${domain}`, isHard: true }
        : { title: "Assign", words: `assign ${uuid} domain ${domain}` },
      mdev.matrix.adm.has(asControlDomain(apqi))
        ? { title: "Unassign control", words: `unassign ${uuid} control ${domain}`, isHard: true }
        : { title: "Assign control", words: `assign ${uuid} control ${domain}` },
    );
  }
  deeds.push(
    state.aqmask.has(apqi)
      ? { title: "Free from host", words: `free domain ${domain}` }
      : { title: "Keep for host", words: `keep domain ${domain}` },
    state.machine.aqm.has(apqi)
      ? { title: "Machine loses it", words: `machine loses domain ${domain}`, isHard: true }
      : { title: "Machine gains it", words: `machine gains domain ${domain}` },
    state.machine.adm.has(asControlDomain(apqi))
      ? { title: "Machine loses control", words: `machine loses control ${domain}`, isHard: true }
      : { title: "Machine gains control", words: `machine gains control ${domain}` },
  );
  return deeds;
}

/** Starting, stopping, creating and removing. */
export function guestDeeds(host: Host, uuid: string | undefined): readonly Deed[] {
  const deeds: Deed[] = [{ title: "New mdev", words: `mdev ${freshUuid(host)}` }];
  // One that leaves has no directory any more, but its guest can still let it go.
  const mdev = host.state.mdevs.find((one) => !one.isFree && mdevName(one) === uuid);
  if (!mdev) return deeds;
  const guest = mdev.guest === undefined ? undefined : host.state.names.nameOf(mdev.guest);
  const name = guest === uuid ? "its guest" : guest;
  if (guest === undefined) deeds.push({ title: "Start a guest", words: `start ${freshGuest(host)} ${uuid}` });
  else {
    deeds.push(
      { title: `Stop ${name}`, words: `stop ${guest} ${uuid}`, isHard: true },
      { title: `Reset ${name}`, words: `reset ${guest} ${uuid}`, isHard: true },
      mdev.hasEventfd(1)
        ? { title: "Hear no changes", words: `eventfd config-change off ${guest} ${uuid}`, isHard: true }
        : { title: "Hear of changes", words: `eventfd config-change ${guest} ${uuid}` },
      { title: "Guest memory goes", words: `unmap 2000 +1000 ${guest} ${uuid}`, isHard: true },
    );
  }
  if (mdev.isBeingRemoved) deeds.push({ title: "Ten seconds pass", words: `request ${uuid}` });
  else deeds.push({ title: "Remove mdev", words: `remove ${uuid}`, isHard: true });
  return deeds;
}

/** The first of a row of UUIDs that no mdev has. */
function freshUuid(host: Host): string {
  for (let n = 1; ; n++) {
    const uuid = `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
    if (!mdevNamed(host, uuid)) return uuid;
  }
}

function freshGuest({ state }: Host): string {
  const names = new Set(state.listedMdevs().map(({ guest }) => (guest === undefined ? "" : state.names.nameOf(guest))));
  for (let n = 1; ; n++) if (!names.has(`g${n}`)) return `g${n}`;
}
