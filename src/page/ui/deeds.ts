// Every event that makes sense for a queue, an adapter, a domain or an mdev in its present state, in the words of the console.

import { type Apqn, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { NEWEST_TYPE, OLDEST_TYPE } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asControlDomain } from "../../system/ap/id.ts";
import { driverOf } from "../../system/bus/binding.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { overrideWrite, probeWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

export interface Deed {
  readonly title: string;
  readonly words: string;
  /** Something breaks or goes away. */
  readonly isHard?: boolean;
}

const deed = (title: string, words: string): Deed => ({ title, words });
const hard = (title: string, words: string): Deed => ({ title, words, isHard: true });

export function queueDeeds(host: Host, apqn: Apqn): readonly Deed[] {
  const { state, profile } = host;
  const name = formatApqn(apqn);
  if (!state.holds(apqn)) return [];
  const scan = deed("Scan it alone", `scan device ${name}`);
  if (!state.devices.has(apqn)) return [scan];
  const driver = driverOf(host, apqn);
  const [override] = overrideWrite(apqn);
  const [probe] = probeWrite(apqn);
  const clearOrOverride = state.overridden.has(apqn)
    ? deed("Clear override", `write ${override} "\\n"`)
    : deed("Override: vfio_ap", `echo vfio_ap > ${override}`);
  return [
    ...(driver === undefined
      ? [deed("Bind to vfio_ap", `bind ${name}`), deed("Bind to cex4queue", `bind cex4queue ${name}`)]
      : [hard(`Unbind from ${driver}`, `unbind ${driver} ${name}`)]),
    ...(profile.driverOverride ? [clearOrOverride] : []),
    state.resetFault.get(apqn) === 0
      ? hard("Let resets fail", `fault ${name} reset 42`)
      : deed("Let resets work", `fault ${name} reset ok`),
    ...interruptDeeds(host, apqn, name),
    ...(driver === undefined ? [deed("Probe drivers", `echo ${name} > ${probe}`)] : []),
    scan,
  ];
}

/** What the guest that has the queue can do, and how the machine answers it. */
function interruptDeeds({ state }: Host, apqn: Apqn, name: string): readonly Deed[] {
  const owner = state.ownerOf(apqn);
  if (owner?.guest === undefined) return [];
  const guest = state.names.nameOf(owner.guest);
  return [
    deed("Interrupts on", `interrupts-on ${name} ${guest}`),
    deed("Interrupts off", `interrupts-off ${name} ${guest}`),
    state.aqicFault.get(apqn) === 0
      ? hard("Let interrupts fail", `fault ${name} interrupts 05`)
      : deed("Let interrupts work", `fault ${name} interrupts ok`),
  ];
}

/** @param thing with its number: `adapter 04` */
const assignment = (isAssigned: boolean, uuid: string | undefined, thing: string, kind = ""): Deed =>
  isAssigned ? hard(`Unassign${kind}`, `unassign ${uuid} ${thing}`) : deed(`Assign${kind}`, `assign ${uuid} ${thing}`);

const freeOrKeep = (isKept: boolean, thing: string): Deed =>
  isKept ? deed("Free from host", `free ${thing}`) : deed("Keep for host", `keep ${thing}`);

const loseOrGain = (isThere: boolean, thing: string, called = "it"): Deed =>
  isThere
    ? hard(`Machine loses ${called}`, `machine loses ${thing}`)
    : deed(`Machine gains ${called}`, `machine gains ${thing}`);

export function adapterDeeds(host: Host, apid: Apid, uuid: string | undefined): readonly Deed[] {
  const { state } = host;
  const adapter = formatApid(apid);
  const thing = `adapter ${adapter}`;
  const mdev = uuid === undefined ? undefined : mdevNamed(host, uuid);
  const isThere = state.machine.apm.has(apid);
  return [
    ...(mdev && apid < state.layout.adapters ? [assignment(mdev.matrix.apm.has(apid), uuid, thing)] : []),
    freeOrKeep(state.apmask.has(apid), thing),
    ...(isThere ? cardDeeds(host, apid, adapter) : []),
    loseOrGain(isThere, thing),
    ...(isThere ? [exchangeOf(state.machineType(apid), adapter)] : []),
  ];
}

const cardDeeds = ({ state }: Host, apid: Apid, adapter: string): readonly Deed[] => [
  state.deconfigured.has(apid)
    ? deed("Configure card", `card ${adapter} configured`)
    : hard("Standby", `card ${adapter} standby`),
  state.checkstopped.has(apid)
    ? deed("Repair", `card ${adapter} repaired`)
    : hard("Check-stop", `card ${adapter} checkstopped`),
];

/** Each type is exchanged for the next one, the newest for the oldest. */
function exchangeOf(type: number, adapter: string): Deed {
  const next = type >= NEWEST_TYPE ? OLDEST_TYPE : Math.max(type + 1, OLDEST_TYPE);
  return hard(`Exchange for a CEX${next - 6}`, `card ${adapter} type ${next}`);
}

export function domainDeeds(host: Host, apqi: Apqi, uuid: string | undefined): readonly Deed[] {
  const { state } = host;
  const { aqm, adm } = state.machine;
  const [domain, control] = [`domain ${formatApqi(apqi)}`, `control ${formatApqi(apqi)}`];
  const mdev = uuid === undefined ? undefined : mdevNamed(host, uuid);
  return [
    ...(mdev && apqi < state.layout.domains
      ? [
          assignment(mdev.matrix.aqm.has(apqi), uuid, domain),
          assignment(mdev.matrix.adm.has(asControlDomain(apqi)), uuid, control, " control"),
        ]
      : []),
    freeOrKeep(state.aqmask.has(apqi), domain),
    loseOrGain(aqm.has(apqi), domain),
    loseOrGain(adm.has(asControlDomain(apqi)), control, "control"),
  ];
}

/** Starting, stopping, creating and removing. */
export function guestDeeds(host: Host, uuid: string | undefined): readonly Deed[] {
  const create = deed("New mdev", `mdev ${freshUuid(host)}`);
  // An mdev that is being removed has no directory any more, but its guest can still let it go.
  const mdev = host.state.mdevs.find((one) => !one.isFree && mdevName(one) === uuid);
  if (!mdev) return [create];
  return [
    create,
    ...(mdev.guest === undefined
      ? [deed("Start a guest", `start ${freshGuest(host)} ${uuid}`)]
      : runningDeeds(mdev, host.state.names.nameOf(mdev.guest), mdevName(mdev))),
    mdev.isBeingRemoved ? deed("Ten seconds pass", `request ${uuid}`) : hard("Remove mdev", `remove ${uuid}`),
  ];
}

function runningDeeds(mdev: Mdev, guest: string, uuid: string): readonly Deed[] {
  const name = guest === uuid ? "its guest" : guest;
  return [
    hard(`Stop ${name}`, `stop ${guest} ${uuid}`),
    hard(`Reset ${name}`, `reset ${guest} ${uuid}`),
    mdev.hasEventfd(1)
      ? hard("Hear no changes", `eventfd config-change off ${guest} ${uuid}`)
      : deed("Hear of changes", `eventfd config-change ${guest} ${uuid}`),
    hard("Guest memory goes", `unmap 2000 +1000 ${guest} ${uuid}`),
  ];
}

/** The first UUID of a series that no mdev has. */
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
