// Every event that makes sense for a queue, an adapter, a domain or an mdev in its present state, in the words of the console.

import { type Apqn, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { NEWEST_TYPE, OLDEST_TYPE } from "../../system/ap/card-type.ts";
import { type Apid, type Apqi, asControlDomain } from "../../system/ap/id.ts";
import { driverOf } from "../../system/bus/binding.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { overrideWrite, probeWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

export interface OfferedEvent {
  readonly title: string;
  readonly words: string;
  /** Something breaks or goes away. */
  readonly isHard?: boolean;
  /** It is done to the machine, so not inside a guest. */
  readonly isOfMachine?: boolean;
}

const offer = (title: string, words: string): OfferedEvent => ({ title, words });
const hardOffer = (title: string, words: string): OfferedEvent => ({ title, words, isHard: true });

const ofMachine = (event: OfferedEvent): OfferedEvent => ({ ...event, isOfMachine: true });

export function queueOffers(host: Host, apqn: Apqn): readonly OfferedEvent[] {
  const { state, profile } = host;
  const name = formatApqn(apqn);
  if (!state.holds(apqn)) return [];
  const scan = offer("Scan it alone", `scan device ${name}`);
  if (!state.devices.has(apqn)) return [scan];
  const driver = driverOf(host, apqn);
  const [override] = overrideWrite(apqn);
  const [probe] = probeWrite(apqn);
  const clearOrOverride = state.overridden.has(apqn)
    ? offer("Clear override", `write ${override} "\\n"`)
    : offer("Override: vfio_ap", `echo vfio_ap > ${override}`);
  return [
    ...(driver === undefined
      ? [offer("Bind to vfio_ap", `bind ${name}`), offer("Bind to cex4queue", `bind cex4queue ${name}`)]
      : [hardOffer(`Unbind from ${driver}`, `unbind ${driver} ${name}`)]),
    ...(profile.driverOverride ? [clearOrOverride] : []),
    ofMachine(
      state.resetFault.get(apqn) === 0
        ? hardOffer("Let resets fail", `fault ${name} reset 42`)
        : offer("Let resets work", `fault ${name} reset ok`),
    ),
    ...interruptDeeds(host, apqn, name),
    ...(driver === undefined ? [offer("Probe drivers", `echo ${name} > ${probe}`)] : []),
    scan,
  ];
}

/** What the guest that has the queue can do, and how the machine answers it. */
function interruptDeeds({ state }: Host, apqn: Apqn, name: string): readonly OfferedEvent[] {
  const owner = state.ownerOf(apqn);
  if (owner?.guest === undefined) return [];
  const guest = state.names.nameOf(owner.guest);
  return [
    offer("Interrupts on", `interrupts-on ${name} ${guest}`),
    offer("Interrupts off", `interrupts-off ${name} ${guest}`),
    ofMachine(
      state.aqicFault.get(apqn) === 0
        ? hardOffer("Let interrupts fail", `fault ${name} interrupts 05`)
        : offer("Let interrupts work", `fault ${name} interrupts ok`),
    ),
  ];
}

/** @param thing with its number: `adapter 04` */
const assignment = (isAssigned: boolean, uuid: string | undefined, thing: string, kind = ""): OfferedEvent =>
  isAssigned
    ? hardOffer(`Unassign${kind}`, `unassign ${uuid} ${thing}`)
    : offer(`Assign${kind}`, `assign ${uuid} ${thing}`);

const freeOrKeep = (isKept: boolean, thing: string): OfferedEvent =>
  isKept ? offer("Free from host", `free ${thing}`) : offer("Keep for host", `keep ${thing}`);

const loseOrGain = (isThere: boolean, thing: string, called = "it"): OfferedEvent =>
  ofMachine(
    isThere
      ? hardOffer(`Machine loses ${called}`, `machine loses ${thing}`)
      : offer(`Machine gains ${called}`, `machine gains ${thing}`),
  );

export function adapterOffers(host: Host, apid: Apid, uuid: string | undefined): readonly OfferedEvent[] {
  const { state } = host;
  const adapter = formatApid(apid);
  const thing = `adapter ${adapter}`;
  const mdev = uuid === undefined ? undefined : mdevNamed(host, uuid);
  const isThere = state.machine.apm.has(apid);
  return [
    ...(mdev && apid < state.layout.adapters ? [assignment(mdev.matrix.apm.has(apid), uuid, thing)] : []),
    freeOrKeep(state.apmask.has(apid), thing),
    ...(isThere ? cardDeeds(host, apid, adapter).map(ofMachine) : []),
    loseOrGain(isThere, thing),
    ...(isThere ? [ofMachine(exchangeOf(state.machineType(apid), adapter))] : []),
  ];
}

const cardDeeds = ({ state }: Host, apid: Apid, adapter: string): readonly OfferedEvent[] => [
  state.deconfigured.has(apid)
    ? offer("Configure card", `card ${adapter} configured`)
    : hardOffer("Standby", `card ${adapter} standby`),
  state.checkstopped.has(apid)
    ? offer("Repair", `card ${adapter} repaired`)
    : hardOffer("Check-stop", `card ${adapter} checkstopped`),
];

/** Each type is exchanged for the next one, the newest for the oldest. */
function exchangeOf(type: number, adapter: string): OfferedEvent {
  const next = type >= NEWEST_TYPE ? OLDEST_TYPE : Math.max(type + 1, OLDEST_TYPE);
  return hardOffer(`Exchange for a CEX${next - 6}`, `card ${adapter} type ${next}`);
}

export function domainOffers(host: Host, apqi: Apqi, uuid: string | undefined): readonly OfferedEvent[] {
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
export function guestOffers(host: Host, uuid: string | undefined): readonly OfferedEvent[] {
  const create = offer("New mdev", `mdev ${freshUuid(host)}`);
  // An mdev that is being removed has no directory any more, but its guest can still let it go.
  const mdev = host.state.mdevs.find((one) => !one.isFree && mdevName(one) === uuid);
  if (!mdev) return [create];
  return [
    create,
    ...(mdev.guest === undefined
      ? [offer("Start a guest", `start ${freshGuest(host)} ${uuid}`)]
      : runningDeeds(mdev, host.state.names.nameOf(mdev.guest), mdevName(mdev))),
    mdev.isBeingRemoved ? offer("Ten seconds pass", `request ${uuid}`) : hardOffer("Remove mdev", `remove ${uuid}`),
  ];
}

function runningDeeds(mdev: Mdev, guest: string, uuid: string): readonly OfferedEvent[] {
  const name = guest === uuid ? "its guest" : guest;
  return [
    hardOffer(`Stop ${name}`, `stop ${guest} ${uuid}`),
    hardOffer(`Reset ${name}`, `reset ${guest} ${uuid}`),
    mdev.hasEventfd(1)
      ? hardOffer("Hear no changes", `eventfd config-change off ${guest} ${uuid}`)
      : offer("Hear of changes", `eventfd config-change ${guest} ${uuid}`),
    hardOffer("Guest memory goes", `unmap 2000 +1000 ${guest} ${uuid}`),
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
