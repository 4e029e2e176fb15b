// What every mdev of a host should be in the end, worked out from the desired state and the host, or why that is impossible.
// Next: free-queues.ts, planner.ts.

import {
  cannotPlan,
  type DesiredMdev,
  type DesiredState,
  type PlanError,
  type Planned,
  planned,
} from "../../formats/desired/desired.ts";
import { formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { hex } from "../../system/ap/hex.ts";
import { NONE } from "../../system/ap/id.ts";
import { type Adm, copyOf, newMask } from "../../system/ap/mask.ts";
import {
  copyProduct,
  hasQueue,
  noProduct,
  type Product,
  productsMeet,
  queueCount,
  queuesOf,
} from "../../system/ap/product.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** What one mdev should be in the end. One that the file does not name stays as it is. */
export interface Target extends Product {
  readonly uuid: string;
  readonly name: string | undefined;
  readonly adm: Adm;
  readonly isNamed: boolean;
  /** The file names adapters or domains for it. */
  readonly hasLists: boolean;
  /** "remove": pruned. What its running guest has is given up first only where another mdev is to have it. */
  readonly end: "stay" | "remove";
  readonly path: PlanError["path"];
}

export function targetsOf(host: Host, desired: DesiredState, prune: boolean): Planned<readonly Target[]> {
  const { state } = host;
  const named: Target[] = [];
  for (const [at, mdev] of desired.mdevs.entries()) {
    const wrong = aboveMaxima(host, mdev, at);
    if (wrong) return { ok: false, error: wrong };
    named.push(namedTarget(host, mdev, at));
  }
  const foreign = fromAnotherMachine(host, desired);
  if (foreign) return { ok: false, error: foreign };
  const others: Target[] = [];
  for (const mdev of state.listedMdevs()) {
    const name = mdevName(mdev);
    const target = named.find(({ uuid }) => uuid === name);
    if (!target) others.push(otherTarget(mdev, prune && !mdev.isBeingRemoved, named));
    else if (mdev.isBeingRemoved)
      return cannotPlan(target.path, `mdev ${name} is being removed: its guest must let go first`);
  }
  const conflict = conflictAmong(host, [...named, ...others]);
  return conflict ? { ok: false, error: conflict } : planned([...named, ...others]);
}

function namedTarget(host: Host, { uuid, name, apm, aqm, adm }: DesiredMdev, at: number): Target {
  const mdev = mdevNamed(host, uuid);
  const now = mdev ? copyProduct(mdev.matrix) : noProduct();
  return {
    uuid,
    name,
    apm: apm ?? now.apm,
    aqm: aqm ?? now.aqm,
    adm: adm ?? (mdev ? copyOf(mdev.matrix.adm) : newMask()),
    isNamed: true,
    hasLists: apm !== undefined || aqm !== undefined,
    end: "stay",
    path: ["mdevs", at],
  };
}

function otherTarget(mdev: Mdev, isPruned: boolean, named: readonly Target[]): Target {
  const now = copyProduct(mdev.matrix);
  const isWanted = named.some((target) => productsMeet(target, now));
  const empty = isPruned && isWanted;
  return {
    uuid: mdevName(mdev),
    name: undefined,
    ...(empty ? noProduct() : now),
    adm: copyOf(mdev.matrix.adm),
    isNamed: false,
    hasLists: false,
    end: isPruned ? "remove" : "stay",
    path: [],
  };
}

function aboveMaxima({ state: { facts } }: Host, mdev: DesiredMdev, at: number): PlanError | undefined {
  const lists = [
    ["adapters", "an adapter", mdev.apm, facts.maxAdapter],
    ["domains", "a domain", mdev.aqm, facts.maxDomain],
    ["control_domains", "a domain", mdev.adm, facts.maxDomain],
  ] as const;
  for (const [member, what, mask, max] of lists) {
    const id = mask?.next(max + 1) ?? NONE;
    if (id === NONE) continue;
    const message = `expected ${what} up to ${hex(max)}, the highest of this machine, found ${hex(id)}: take it out of the list`;
    return { path: ["mdevs", at, member], message };
  }
  return undefined;
}

/** From this many numbers on, all of them unknown to the machine, the file is probably for another machine. */
const TELLING = 3;

function fromAnotherMachine({ state: { machine, info } }: Host, { mdevs }: DesiredState): PlanError | undefined {
  const all = noProduct();
  for (const { apm, aqm } of mdevs) {
    if (apm) all.apm.addAll(apm);
    if (aqm) all.aqm.addAll(aqm);
  }
  if (all.apm.isEmpty() || all.aqm.isEmpty() || all.apm.count() + all.aqm.count() < TELLING) return undefined;
  const isKnown = [machine, info].some(({ apm, aqm }) => apm.intersects(all.apm) || aqm.intersects(all.aqm));
  if (isKnown || machine.apm.isEmpty() || machine.aqm.isEmpty()) return undefined;
  const has = `adapters ${machine.apm.ids().map(formatApid).join(" ")}, domains ${machine.aqm.ids().map(formatApqi).join(" ")}`;
  return {
    path: ["mdevs"],
    message: `expected adapters or domains of this machine (${has}), found none: a file for another machine? name its host with --from`,
  };
}

function conflictAmong(host: Host, targets: readonly Target[]): PlanError | undefined {
  for (const [at, target] of targets.entries()) {
    if (!target.isNamed) continue;
    const other = targets.find((one, i) => i !== at && one.end === "stay" && productsMeet(one, target));
    if (!other) continue;
    const apqn = must(queuesOf(target).find((one) => hasQueue(other, one)));
    return {
      path: target.path,
      message: `expected each queue in one mdev, found ${formatApqn(apqn)}: ${whose(host, other, targets)}`,
    };
  }
  return undefined;
}

function whose(host: Host, { uuid, isNamed }: Target, targets: readonly Target[]): string {
  if (host.state.listedMdevs().some((mdev) => mdevName(mdev) === uuid && mdev.isBeingRemoved))
    return `mdev ${uuid} has it, whose removal waits for its guest: the guest must let go first`;
  if (isNamed) return `mdev ${uuid} of this file has it as well: take it out of one of them`;
  return `mdev ${uuid} has it, which this file does not name: name it with what it is to keep${pruneHint(host, targets)}`;
}

/** Removing what is not named helps as well, but nobody is sent to take all queues from guests that run. */
function pruneHint({ state }: Host, targets: readonly Target[]): string {
  const others = state
    .listedMdevs()
    .filter((mdev) => targets.some((one) => !one.isNamed && one.uuid === mdevName(mdev)));
  const running = others.filter(({ isAttached }) => isAttached);
  const many = others.length === 1 ? "it" : `it and ${others.length - 1} more`;
  if (running.length === 0) return ` (or remove ${many} with --prune: no guest runs there)`;
  const losers = running.map((mdev) => {
    const guest = mdev.guest === undefined ? mdevName(mdev) : state.names.nameOf(mdev.guest);
    return `${shortened(guest)} ${queueCount(mdev.guestMasks)} -> 0`;
  });
  const shown =
    losers.length <= FEW ? losers.join(", ") : `${losers.slice(0, FEW).join(", ")} and ${losers.length - FEW} more`;
  return ` (--prune would remove ${many}, and running guests would lose all: ${shown})`;
}

/** So many guests are named. */
const FEW = 8;
