// The bus scan, in the parts between which other events can fall: notice, the devices of one adapter after the other,
// complete. A scan on request is all of them in a row. docs/kernel/bus.md §5.

import { type Apqn, apidOf, apqiOf, apqnOf } from "../ap/apqn.ts";
import { isUsableType } from "../ap/card-type.ts";
import { type Apid, asApid, asApqi, ID_LIMIT, NONE } from "../ap/id.ts";
import type { Aqm } from "../ap/mask.ts";
import { matricesEqual, setMatrix } from "../ap/matrix.ts";
import { RC } from "../ap/response-code.ts";
import { testCard } from "../machine/hardware.ts";
import type { ApBus } from "./ap-bus.ts";
import { tellIfAllBound } from "./bindings.ts";
import { createCard, noteCardState, removeCard } from "./card.ts";
import { settleOrder } from "./device-order.ts";
import { createQueueDevice, removeQueueDevice, updateQueueDevice } from "./queue-device.ts";
import { poll } from "./queue-reset.ts";
import { endAssociations } from "./secure-binding.ts";
import { busUevent } from "./uevents.ts";

/** One scan from beginning to end. */
export function scan(bus: ApBus): void {
  const changed = scanNotice(bus);
  scanDevices(bus);
  scanComplete(bus, changed);
}

/**
 * The configuration is read. If it changed, vfio_ap is told; at the first scan there is nothing to compare it with.
 *
 * @returns whether it changed, which the end of the scan has to know
 */
export function scanNotice(bus: ApBus): boolean {
  const { state } = bus;
  const { machine, qci } = state;
  const changed = state.facts.qci && !matricesEqual(machine, qci);
  if (changed) {
    const gained = !qci.apm.containsAll(machine.apm) || !qci.aqm.containsAll(machine.aqm);
    readConfiguration(bus);
    if (gained) state.set("bindingsDone", 0);
    bus.vfioAp.configChanged();
  }
  return changed;
}

/** The query instruction. Without it the block stays all zero. */
export function readConfiguration({ state }: ApBus): void {
  if (state.facts.qci) setMatrix(state.qci, state.machine);
}

/** Cards and queues come and go, adapter by adapter. */
export function scanDevices(bus: ApBus): void {
  chooseDomain(bus);
  const { state } = bus;
  const configured = state.facts.qci ? state.qci.apm : state.scratch.allAdapters;
  // Adapters that have no card device and are not configured need no look.
  let apid = Math.min(orLast(configured.next(0)), orLast(state.cards.next(0)));
  while (apid < state.layout.adapters) {
    scanAdapter(bus, asApid(apid));
    apid = Math.min(orLast(configured.next(apid + 1)), orLast(state.cards.next(apid + 1)));
  }
  endOfWork(bus);
}

/** What the devices of a scan, or one of them, leave to be done. */
function endOfWork(bus: ApBus): void {
  settleOrder(bus.state);
  poll(bus);
  endAssociations(bus);
}

const orLast = (id: number): number => (id === NONE ? ID_LIMIT : id);

/** Usage domains that the bus looks at. */
function configuredDomains({ state }: ApBus): Aqm {
  return state.facts.qci ? state.qci.aqm : state.scratch.allDomains;
}

/** The default domain, once: the first one in use by the host that some adapter of the host answers for. */
function chooseDomain(bus: ApBus): void {
  const { state } = bus;
  if (state.get("domain") !== 0) return;
  const domains = configuredDomains(bus);
  for (let apqi = domains.next(0); apqi !== NONE; apqi = domains.next(apqi + 1)) {
    if (!state.aqmask.has(apqi) || apqi >= state.layout.domains || !state.answering.aqm.has(apqi)) continue;
    for (let apid = state.answering.apm.next(0); apid !== NONE; apid = state.answering.apm.next(apid + 1)) {
      if (!state.apmask.has(apid) || !isConfigured(bus, apid) || testCard(state, apid) !== RC.normal) continue;
      state.set("domain", apqi + 1);
      return;
    }
    // No adapter answers for one domain, so none does for another: what they answer is a matter of the card.
    return;
  }
}

const isConfigured = ({ state }: ApBus, apid: Apid): boolean =>
  apid < state.layout.adapters && (!state.facts.qci || state.qci.apm.has(apid));

/** One adapter: its card, then its queues. */
export function scanAdapter(bus: ApBus, apid: Apid): void {
  if (cardMustGo(bus, apid)) removeCard(bus, apid);
  if (!cardIsWanted(bus, apid)) return;
  meetCard(bus, apid);
  scanDomains(bus, apid);
}

/** Some domain of the adapter answers. */
const answers = (bus: ApBus, apid: Apid): boolean =>
  isConfigured(bus, apid) && bus.state.answering.apm.has(apid) && hasUsableDomain(bus);

const cardMustGo = (bus: ApBus, apid: Apid): boolean =>
  bus.state.cards.has(apid) && (!answers(bus, apid) || !bus.state.cardIsAsCreated(apid));

const cardIsWanted = (bus: ApBus, apid: Apid): boolean =>
  answers(bus, apid) && isUsableType(bus.state.machineType(apid)) && !bus.state.facts.lacks.has("apft");

/** The card comes first, before any of its queues. */
function meetCard(bus: ApBus, apid: Apid): void {
  if (bus.state.cards.has(apid)) noteCardState(bus, apid);
  else createCard(bus, apid);
}

/** A scan would make or unmake the device of this queue. A card without any queue goes with its first domain. */
export function mustComeOrGo(bus: ApBus, apqn: Apqn): boolean {
  const { state } = bus;
  const apid = apidOf(apqn);
  const apqi = apqiOf(apqn);
  if (cardMustGo(bus, apid)) return state.devices.has(apqn) || (apqi === 0 && state.devices.row(apid).isEmpty());
  const isWanted = cardIsWanted(bus, apid) && configuredDomains(bus).has(apqi) && state.answering.aqm.has(apqi);
  return state.devices.has(apqn) !== isWanted;
}

/** One step of a scan: this device comes or goes, and its card with the first or the last of its queues. */
export function scanDevice(bus: ApBus, apqn: Apqn): void {
  if (!mustComeOrGo(bus, apqn)) return;
  const { state } = bus;
  const apid = apidOf(apqn);
  if (cardMustGo(bus, apid)) {
    if (state.devices.has(apqn)) removeQueueDevice(bus, apqn);
    if (state.devices.row(apid).isEmpty()) removeCard(bus, apid);
  } else if (state.devices.has(apqn)) {
    removeQueueDevice(bus, apqn);
  } else {
    meetCard(bus, apid);
    createQueueDevice(bus, apqn);
  }
  endOfWork(bus);
}

const hasUsableDomain = (bus: ApBus): boolean => {
  const domain = configuredDomains(bus).firstCommon(bus.state.answering.aqm);
  return domain !== NONE && domain < bus.state.layout.domains;
};

/** The queues of one card, domain by domain; nothing is looked at one by one where a whole row is as it was. */
function scanDomains(bus: ApBus, apid: Apid): void {
  const { state } = bus;
  const { scanRow: wanted } = state.scratch;
  const devices = state.devices.row(apid);
  wanted.setIntersection(configuredDomains(bus), state.answering.aqm);
  // A machine may name domains beyond its own maximum; the bus does not look there.
  wanted.removeFrom(state.layout.domains);
  if (!devices.equals(wanted) || !isUpToDate(bus, apid)) scanEachDomain(bus, apid, wanted);
}

function scanEachDomain(bus: ApBus, apid: Apid, wanted: Aqm): void {
  const devices = bus.state.devices.row(apid);
  const nextDomain = (from: number): number => Math.min(orLast(wanted.next(from)), orLast(devices.next(from)));
  for (let apqi = asApqi(nextDomain(0)); apqi < bus.state.layout.domains; apqi = asApqi(nextDomain(apqi + 1))) {
    const apqn = apqnOf(apid, apqi);
    if (!wanted.has(apqi)) removeQueueDevice(bus, apqn);
    else if (devices.has(apqi)) updateQueueDevice(bus, apqn);
    else createQueueDevice(bus, apqn);
  }
}

/** Every queue device of the card holds what the machine says, and none is bad that could be brought up. */
function isUpToDate({ state }: ApBus, apid: Apid): boolean {
  const rc = testCard(state, apid);
  const devices = state.devices.row(apid);
  const deconfigured = state.queuesDeconfigured.row(apid);
  const checkstopped = state.queuesCheckstopped.row(apid);
  return (
    (rc === RC.deconfigured ? deconfigured.equals(devices) : deconfigured.isEmpty()) &&
    (rc === RC.checkstopped ? checkstopped.equals(devices) : checkstopped.isEmpty()) &&
    (rc === RC.deconfigured || state.bad.row(apid).isEmpty())
  );
}

/** The end of a scan: vfio_ap is told if the configuration had changed, and so is everybody else. */
export function scanComplete(bus: ApBus, changed: boolean): void {
  const { state } = bus;
  if (changed) bus.vfioAp.scanComplete();
  state.set("scans", state.get("scans") + 1);
  if (state.get("scannedOnce") === 0) {
    state.set("scannedOnce", 1);
    busUevent(bus, "INITSCAN=done");
  } else if (bus.busRules.bindingsEvents === "each-binding") {
    return;
  }
  if (state.get("bindingsDone") === 0) tellIfAllBound(bus);
}
