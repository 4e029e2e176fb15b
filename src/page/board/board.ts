// The grid of the page: every queue of a host in four layers (machine, host, mdev, guest), as numbers in arrays, because there can be
// 65,536 of them and they are worked out anew at every moment somebody looks at. Looks that are the same share one entry.

import type { InsideState } from "../../answers/inside/guest-inside.ts";
import { apqnOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { type Apid, type Apqi, asApid, asApqi, ID_LIMIT, NONE } from "../../system/ap/id.ts";
import { type Adm, type Apm, type Aqm, type Mask, maskOf, newMask } from "../../system/ap/mask.ts";
import { queuesOf } from "../../system/ap/product.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { type BindState, BS, bindState } from "../../system/machine/secure-binding.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { isPlugged } from "../../system/vfio-ap/plugged.ts";
import type { InsideSigns } from "./inside-signs.ts";

/** The machine has the queue or not; it has it, but the card is in standby or check-stopped; it is gone, and the host has not noticed. */
const MACHINE = { absent: 0, there: 1, standby: 2, checkstopped: 3, leaving: 4 } as const;
const DRIVER = { "no-device": 0, unbound: 1, host: 2, "host-offline": 3, "vfio-ap": 4 } as const;
/** In the guest; would be there if the guest ran; assigned, but not in the guest; not assigned. */
const GUEST = { plugged: 0, ready: 1, "held-back": 2, none: 3 } as const;
type MachineLook = keyof typeof MACHINE;
type DriverLook = keyof typeof DRIVER;
type GuestLook = keyof typeof GUEST;

/** What the guest's own bus makes of it; none: it does not have it, or has no Linux of its own. */
const INSIDE: Readonly<Record<InsideLook, number>> = {
  none: 0,
  "not-noticed": 1,
  "no-device": 2,
  withheld: 3,
  "still-shown": 4,
  unused: 5,
  used: 6,
  "for-its-guests": 7,
  "passed-on": 8,
};
/** In a Secure Execution guest; none: this host is not one, or has no device of it. */
const SECURE = { none: 0, bound: 1, unbound: 2, unusable: 3 } as const;
type InsideLook = InsideState | "none";
type SecureLook = keyof typeof SECURE;

/** How one queue looks, all that a cell shows at a glance. */
export interface Look {
  readonly machine: MachineLook;
  readonly driver: DriverLook;
  /** Number of the mdev that it is assigned to, 0 for none. */
  readonly mdev: number;
  readonly guest: GuestLook;
  readonly resetFailed: boolean;
  readonly inside: InsideLook;
  /** The bus of some guest shows it, which this guest has no more. */
  readonly stillShown: boolean;
  readonly secure: SecureLook;
}

/**
 * A guest has it, or would have it, and cannot work with it: its card does not work, the machine has taken it, its reset failed, or it is
 * not bound to the Secure Execution guest that this host is.
 */
export const isUseless = ({ machine, mdev, guest, resetFailed, secure }: Look): boolean =>
  mdev > 0 &&
  (guest === "plugged" || guest === "ready") &&
  (machine !== "there" || resetFailed || secure === "unbound" || secure === "unusable");

export interface Board {
  /** Columns and rows, ascending. */
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
  readonly looks: readonly Look[];
  /** Place in `looks` of every queue, row by row. */
  readonly cells: Uint16Array;
  /** Control domains at the side of the rows. */
  readonly controls: readonly ControlBand[];
  /** The machine's own control domains. */
  readonly machineControls: Aqm;
}

/** The control domains of one mdev. */
interface ControlBand {
  readonly mdev: number;
  readonly assigned: Aqm;
  /** Those that its guest has. */
  readonly inGuest: Aqm;
}

type NumberOf = (uuid: string) => number;

/**
 * @param numberOf number of an mdev, from 1
 * @param alsoShow another moment of the same host, whose rows and columns are shown too, so that nothing jumps as time passes
 * @param signs what guests with a Linux of their own make of the queues
 */
export function boardOf(state: HostState, numberOf: NumberOf, alsoShow: HostState = state, signs?: InsideSigns): Board {
  const [apm, aqm]: [Apm, Aqm] = [newMask(), newMask()];
  for (const one of [state, alsoShow]) addUsed(one, apm, aqm);
  const [adapters, domains] = [apm.ids(), aqm.ids()];
  const owners = ownersOf(state);
  const looks: Look[] = [];
  const places = new Map<number, number>();
  const cells = new Uint16Array(adapters.length * domains.length);
  for (const [at, apid] of adapters.entries()) {
    const column = columnOf(state, apid);
    let cell = at;
    for (const apqi of domains) {
      const apqn = apqnOf(apid, apqi);
      const mdev = owners[apqn];
      const inside = signs?.given.get(apqn) ?? "none";
      const stillShown = signs?.stillShown.has(apqn) === true;
      const key = (keyOf(column, apqi, mdev) * 9 + INSIDE[inside]) * 2 + (stillShown ? 1 : 0);
      let place = places.get(key);
      if (place === undefined) {
        const look = lookOf(column, apqi, mdev, mdev ? numberOf(mdevName(mdev)) : 0);
        place = looks.push({ ...look, inside, stillShown }) - 1;
        places.set(key, place);
      }
      cells[cell] = place;
      cell += adapters.length;
    }
  }
  return {
    adapters,
    domains,
    looks,
    cells,
    controls: bandsOf(state, numberOf),
    machineControls: asRows(state.machine.adm),
  };
}

/** A number that is the same for looks that are the same, and for no others. Nothing is made for it: there are 65,536 queues. */
function keyOf(column: Column, apqi: Apqi, mdev: Mdev | undefined): number {
  const hasDevice = column.devices.has(apqi);
  const machine = MACHINE[machineLook(column, apqi, hasDevice)];
  const driver = hasDevice ? DRIVER[driverLook(column, apqi)] : DRIVER["no-device"];
  const guest = mdev ? GUEST[guestLook(mdev, column.apid, apqi)] : GUEST.none;
  const resetFailed = hasDevice && column.unpassable.has(apqi) ? 1 : 0;
  const secure = hasDevice && column.secure ? SECURE[column.secure(apqi)] : SECURE.none;
  return (((((mdev ? mdev.index + 1 : 0) * 5 + machine) * 5 + driver) * 4 + guest) * 2 + resetFailed) * 4 + secure;
}

export const lookAt = (board: Board, column: number, row: number): Look =>
  must(board.looks[must(board.cells[row * board.adapters.length + column])]);

/** Rows are numbers: here it does not matter whether they are usage domains or control domains. */
const asRows = (mask: Adm): Aqm => maskOf(mask.ids().map(asApqi));

/** Everything that the machine or the host has, or that some mdev has assigned. */
function addUsed(state: HostState, apm: Apm, aqm: Aqm): void {
  for (const one of [state.machine, state.info]) {
    apm.addAll(one.apm);
    aqm.addAll(one.aqm);
    aqm.addAll(asRows(one.adm));
  }
  if (!state.facts.qci) {
    // Without QCI a machine claims everything: what has a device is what there is.
    apm.copy(state.cards);
    aqm.clear();
  }
  apm.addAll(state.cards);
  for (let adapter = 0; adapter < state.layout.adapters; adapter++) {
    const row = state.devices.row(asApid(adapter));
    if (row.isEmpty()) continue;
    apm.add(asApid(adapter));
    addNarrow(aqm, row);
  }
  for (const { matrix } of state.listedMdevs()) {
    addNarrow(apm, matrix.apm);
    addNarrow(aqm, matrix.aqm);
    addNarrow(aqm, asRows(matrix.adm));
  }
}

function addNarrow<I extends Apid | Apqi>(to: Mask<I>, from: Mask<I>): void {
  for (let id = from.next(0); id !== NONE; id = from.next(id + 1)) to.add(id);
}

/** The mdev that each queue is assigned to, by APQN; the newest if there are several. */
function ownersOf(state: HostState): (Mdev | undefined)[] {
  const owners: (Mdev | undefined)[] = [];
  owners.length = ID_LIMIT * ID_LIMIT;
  for (const mdev of [...state.listedMdevs()].reverse()) {
    for (const apqn of queuesOf(mdev.matrix)) owners[apqn] = mdev;
  }
  return owners;
}

/** What the queues of one adapter have in common, and a row of bits for the rest. */
interface Column {
  readonly apid: Apid;
  readonly hasQci: boolean;
  /** How a queue looks that the machine has. */
  readonly card: MachineLook;
  /** Domains of the machine. */
  readonly machine: Aqm;
  readonly devices: Aqm;
  readonly vfioBound: Aqm;
  readonly cexBound: Aqm;
  readonly offline: Aqm;
  readonly unpassable: Aqm;
  /** In a Secure Execution guest. */
  readonly secure: ((apqi: Apqi) => SecureLook) | undefined;
}

const NOTHING: Aqm = newMask();

function columnOf(state: HostState, apid: Apid): Column {
  const { machine, layout, deconfigured, checkstopped } = state;
  const hasRoom = apid < layout.adapters;
  const row = (bits: HostState["devices"]): Aqm => (hasRoom ? bits.row(apid) : NOTHING);
  return {
    apid,
    hasQci: state.facts.qci,
    card: deconfigured.has(apid) ? "standby" : checkstopped.has(apid) ? "checkstopped" : "there",
    machine: machine.apm.has(apid) ? machine.aqm : NOTHING,
    devices: row(state.devices),
    vfioBound: row(state.vfioBound),
    cexBound: row(state.cexBound),
    offline: row(state.queuesOffline),
    unpassable: row(state.unpassable),
    secure: state.facts.se ? (apqi) => secureLook(bindState(state, apqnOf(apid, apqi))) : undefined,
  };
}

const secureLook = (bs: BindState): SecureLook =>
  bs === BS.availableForBinding ? "unbound" : bs === BS.unusable ? "unusable" : "bound";

/** @param number of the mdev, 0 for none */
function lookOf(
  column: Column,
  apqi: Apqi,
  mdev: Mdev | undefined,
  number: number,
): Omit<Look, "inside" | "stillShown"> {
  const hasDevice = column.devices.has(apqi);
  return {
    machine: machineLook(column, apqi, hasDevice),
    driver: hasDevice ? driverLook(column, apqi) : "no-device",
    mdev: number,
    guest: mdev ? guestLook(mdev, column.apid, apqi) : "none",
    resetFailed: hasDevice && column.unpassable.has(apqi),
    secure: hasDevice && column.secure ? column.secure(apqi) : "none",
  };
}

function machineLook({ machine, card, hasQci }: Column, apqi: Apqi, hasDevice: boolean): MachineLook {
  // Without QCI a machine claims everything: what has a device is what there is.
  if (!hasQci && !hasDevice) return "absent";
  if (!machine.has(apqi)) return hasDevice ? "leaving" : "absent";
  return card;
}

function driverLook({ vfioBound, cexBound, offline }: Column, apqi: Apqi): DriverLook {
  if (vfioBound.has(apqi)) return "vfio-ap";
  if (!cexBound.has(apqi)) return "unbound";
  return offline.has(apqi) ? "host-offline" : "host";
}

function guestLook(mdev: Mdev, apid: Apid, apqi: Apqi): GuestLook {
  if (isPlugged(mdev.guestMasks, apid, apqi)) return "plugged";
  return !mdev.isAttached && isPlugged(mdev.shadow, apid, apqi) ? "ready" : "held-back";
}

const bandsOf = (state: HostState, numberOf: NumberOf): readonly ControlBand[] =>
  state
    .listedMdevs()
    .filter(({ matrix, guestMasks }) => !matrix.adm.isEmpty() || !guestMasks.adm.isEmpty())
    .map((mdev) => ({
      mdev: numberOf(mdevName(mdev)),
      assigned: asRows(mdev.matrix.adm),
      inGuest: asRows(mdev.guestMasks.adm),
    }))
    .sort((a, b) => a.mdev - b.mdev);

/** The same moment with some of its columns and rows only. */
export function restricted(
  board: Board,
  keepsAdapter: (apid: Apid) => boolean,
  keepsDomain: (apqi: Apqi) => boolean,
): Board {
  const columns = [...board.adapters.keys()].filter((at) => keepsAdapter(must(board.adapters[at])));
  const rows = [...board.domains.keys()].filter((at) => keepsDomain(must(board.domains[at])));
  const cells = new Uint16Array(columns.length * rows.length);
  let at = 0;
  for (const row of rows)
    for (const column of columns) cells[at++] = must(board.cells[row * board.adapters.length + column]);
  return {
    ...board,
    adapters: columns.map((column) => must(board.adapters[column])),
    domains: rows.map((row) => must(board.domains[row])),
    cells,
  };
}

/** How many mdevs have the same control domain at most. */
export function mostControls({ controls, domains }: Pick<Board, "controls" | "domains">): number {
  const counts = domains.map((apqi) => controlsOf({ controls }, apqi).length);
  return Math.max(0, ...counts);
}

/** The mdevs that have a control domain. */
export const controlsOf = ({ controls }: Pick<Board, "controls">, apqi: Apqi): readonly ControlBand[] =>
  controls.filter(({ assigned, inGuest }) => assigned.has(apqi) || inGuest.has(apqi));

/** The queue of a cell. */
export const queueAt = ({ adapters, domains }: Board, column: number, row: number) =>
  apqnOf(adapters[column] ?? asApid(0), domains[row] ?? asApqi(0));
