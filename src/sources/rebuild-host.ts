// Rebuilds a host in memory from what a /sys shows, so that the rules can be run on it. What /sys does not show is assumed to be in order,
// and reported.

import { apidOf } from "../system/ap/apqn.ts";
import { must } from "../system/ap/assert.ts";
import { asApid } from "../system/ap/id.ts";
import { newMask } from "../system/ap/mask.ts";
import { setMatrix } from "../system/ap/matrix.ts";
import { queuesOf } from "../system/ap/product.ts";
import { deviceMade, settleOrder } from "../system/bus/device-order.ts";
import { DEFAULT_FACTS, type Facts, maximaOf } from "../system/machine/facts.ts";
import type { HostState } from "../system/machine/host-state.ts";
import type { Mdev } from "../system/machine/mdev.ts";
import { newHostState } from "../system/machine/snapshot.ts";
import {
  type ObservedHost,
  type ObservedMdev,
  type ObservedQueue,
  unreadableText,
} from "../system/sysfs/observed-host.ts";
import { vfioApDriver } from "../system/vfio-ap/driver.ts";
import { filterMatrix } from "../system/vfio-ap/filter.ts";
import { type Host, newHost } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { parseUuid } from "../system/vfio-ap/uuid.ts";
import { hasExtendedAddressing, hasSecureBinding } from "./facilities.ts";

export interface RebuiltHost {
  readonly host: Host;
  /** What the source does not show, as sentences. */
  readonly unknown: readonly string[];
  /** Mdevs for which it does not show whether a guest runs: none is assumed. */
  readonly undecided: readonly string[];
}

const MAX_ID = 255;
const DEFAULT_TYPE = 12;
/** A card before CEX4. */
const UNUSABLE = 9;

/** @param names what people call the guests, by the UUID of their mdev */
export function rebuildHost(
  observed: ObservedHost,
  profile: Profile,
  names: ReadonlyMap<string, string> = new Map(),
): RebuiltHost {
  const { machine, maxAdapter = MAX_ID, maxDomain = MAX_ID } = observed;
  const [apxa, qci] = [hasExtendedAddressing(observed), machine.apm !== "not supported"];
  const facts = {
    ...DEFAULT_FACTS,
    apxa,
    qci,
    ...secureFacts(observed, qci),
    ...maximaOf({ apxa, qci, maxAdapter, maxDomain }),
    serials: new Map(observed.cards.flatMap(({ id, serial }) => (serial === undefined ? [] : [[id, serial] as const]))),
  };
  const state = newHostState(facts, Math.max(1, observed.mdevs.length));
  setMachine(state, observed);
  for (const queue of observed.queues) setQueue(state, queue);
  settleOrder(state);
  // The kernel takes masks or overrides, so these masks are from boot parameters, which do not count.
  if (state.get("overrides") > 0) state.set("masksInUse", 0);
  const host = newHost(state, profile, vfioApDriver);
  // The list begins with the newest mdev, so the first of the list is created last.
  for (const mdev of [...observed.mdevs].reverse()) setMdev(host, mdev, names.get(mdev.uuid) ?? mdev.uuid);
  const undecided = observed.mdevs.filter(({ isRunning }) => isRunning === undefined).map(({ uuid }) => uuid);
  return { host, unknown: unknownThings(observed, undecided), undecided };
}

function secureFacts({ features, isSecureGuest }: ObservedHost, qci: boolean): Pick<Facts, "apsb" | "se"> {
  const apsb = qci && hasSecureBinding(features.bus);
  return { apsb, se: apsb && isSecureGuest === true };
}

const known = <M>(mask: M | "not supported" | undefined): M | undefined =>
  mask === "not supported" ? undefined : mask;

function setMachine(state: HostState, { machine, apmask, aqmask, cards }: ObservedHost): void {
  const copies = [state.machine, state.qci, state.info];
  for (const { apm, aqm, adm } of copies) {
    apm.copy(known(machine.apm) ?? newMask());
    aqm.copy(known(machine.aqm) ?? newMask());
    adm.copy(known(machine.adm) ?? newMask());
  }
  state.apmask.copy(apmask ?? state.scratch.allAdapters);
  state.aqmask.copy(aqmask ?? state.scratch.allDomains);
  state.set("masksInUse", state.apmask.isFull() && state.aqmask.isFull() ? 0 : 1);
  state.set("scannedOnce", 1);
  state.set("bindingsDone", 1);
  state.set("autoprobe", 1);
  for (let adapter = 0; adapter <= MAX_ID; adapter++) {
    // The bus has scanned and made no device, which it would have done for a usable card.
    const isUseless = known(machine.apm)?.has(asApid(adapter)) === true;
    state.setMachineCard(asApid(adapter), isUseless ? UNUSABLE : DEFAULT_TYPE, "cca");
  }
  for (const { id, hwtype, mode, config, chkstop, type } of cards) {
    state.setMachineCard(id, hwtype ?? DEFAULT_TYPE, mode ?? "cca");
    state.adoptCard(id);
    state.cards.add(id);
    state.cardsBound.set(id, type !== undefined);
    for (const mask of [state.deconfigured, state.cardsDeconfigured]) mask.set(id, config === false);
    for (const mask of [state.checkstopped, state.cardsCheckstopped])
      mask.set(id, config !== false && chkstop === true);
  }
}

function setQueue(state: HostState, queue: ObservedQueue): void {
  const { apqn, driver, config, chkstop, online, override } = queue;
  if (!state.holds(apqn)) return;
  state.secure?.bound.set(apqn, queue.secureBind === "bound" ? 1 : 0);
  state.devices.add(apqn);
  deviceMade(state, apqn);
  state.up.add(apqn);
  state.vfioBound.set(apqn, driver === "vfio_ap");
  state.cexBound.set(apqn, typeof driver === "string" && driver !== "vfio_ap");
  state.queuesDeconfigured.set(apqn, config === false);
  state.queuesCheckstopped.set(apqn, chkstop === true);
  state.queuesOffline.set(apqn, online === false);
  // Its card has been unbound from cex4card since then.
  state.oldCard.set(apqn, state.cexBound.has(apqn) && !state.cardsBound.has(apidOf(apqn)));
  if (!override) return;
  state.overridden.add(apqn);
  state.override.set(apqn, state.names.numberOf(override));
  state.set("overrides", state.get("overrides") + 1);
}

function setMdev(host: Host, observed: ObservedMdev, guest: string): void {
  const { state } = host;
  const mdev = must(state.freeSlot());
  mdev.setState("there");
  for (const [i, word] of (parseUuid(observed.uuid) ?? []).entries()) mdev.setUuidWord(i, word);
  state.enlistMdev(mdev);
  if (observed.matrix) {
    mdev.matrix.apm.copy(observed.matrix.apm);
    mdev.matrix.aqm.copy(observed.matrix.aqm);
  }
  if (observed.controlDomains) mdev.matrix.adm.copy(observed.controlDomains);
  for (const apqn of queuesOf(mdev.matrix)) if (state.vfioBound.has(apqn)) state.linked.add(apqn);
  setShadow(host, mdev, observed);
  if (observed.isRunning !== true) return;
  // A guest has no name in /sys.
  mdev.guest = state.names.numberOf(guest);
  setMatrix(mdev.guestMasks, mdev.shadow);
}

function setShadow(host: Host, mdev: Mdev, { guestView }: ObservedMdev): void {
  const { matrix, shadow } = mdev;
  if (guestView) {
    shadow.apm.copy(guestView.apm);
    shadow.aqm.copy(guestView.aqm);
  } else if (host.profile.filter === "none") {
    setMatrix(shadow, matrix);
  } else {
    filterMatrix(host, mdev, matrix.apm, matrix.aqm);
  }
  shadow.adm.setIntersection(matrix.adm, host.state.info.adm);
}

function unknownThings(
  { queues, mdevs, unreadable, machine }: ObservedHost,
  undecided: readonly string[],
): readonly string[] {
  const unknown: string[] = [];
  if (queues.some(({ driver }) => driver === "vfio_ap")) {
    unknown.push("how the last reset of a queue ended is not in /sys: all are taken to be passable");
  }
  if (undecided.length > 0)
    unknown.push(`whether a guest runs cannot be told for ${undecided.join(", ")}: taken as not running`);
  const cut = mdevs.filter(({ matrix, guestView }) => matrix?.isCut || guestView?.isCut).map(({ uuid }) => uuid);
  if (cut.length > 0)
    unknown.push(
      `the list of queues is cut after a page for ${cut.join(", ")}: adapters above the last one are missing`,
    );
  if (machine.apm === undefined) unknown.push("the machine's adapters are not shown: those that have a card are taken");
  unknown.push(...unreadable.map(unreadableText));
  return unknown;
}
