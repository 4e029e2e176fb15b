// Every order of writes on a small host, tried with the host's own rules: whether guests could have lost less on the way than a plan
// takes from them. It shares nothing with the planner: its moves are all writes that exist, not those that lead somewhere.
import { type Apqn, apidOf, apqiOf, formatApqn } from "../../../system/ap/apqn.ts";
import { must } from "../../../system/ap/assert.ts";
import { type Apid, type Apqi, asApid, asApqi } from "../../../system/ap/id.ts";
import { maskOf } from "../../../system/ap/mask.ts";
import { formatMask } from "../../../system/ap/mask-text.ts";
import type { Mdev } from "../../../system/machine/mdev.ts";
import { restore, snapshot } from "../../../system/machine/snapshot.ts";
import { mdevNamed } from "../../../system/sysfs/mdev-names.ts";
import { hostSysfs } from "../../../system/sysfs/sysfs.ts";
import { copyHost } from "../../../system/vfio-ap/copy-host.ts";
import type { Host } from "../../../system/vfio-ap/host.ts";

import { range, subsetsOf } from "./random-hosts.ts";

/** What one mdev is to have in the end. */
export interface Wish {
  readonly uuid: string;
  readonly apm: readonly number[];
  readonly aqm: readonly number[];
  /** It was asked for; the others must stay as they are and are not written to. */
  readonly isNamed: boolean;
}

export interface SmallHost {
  readonly adapters: number;
  readonly domains: number;
  /** The most hosts that are looked at, in general and if the plan takes something from a guest. */
  readonly hosts: number;
  readonly hostsIfLost: number;
}

export interface Better {
  readonly steps: readonly (readonly [string, string])[];
  readonly lost: number;
  readonly had: number;
}

const has = (masks: { apm: { has(id: Apid): boolean }; aqm: { has(id: Apqi): boolean } }, apqn: Apqn): boolean =>
  masks.apm.has(apidOf(apqn)) && masks.aqm.has(apqiOf(apqn));

/** The guest of this mdev runs with this queue. */
export const hasQueueNow = (mdev: Mdev, apqn: Apqn): boolean => has(mdev.guestMasks, apqn);

const wants = ({ apm, aqm }: Wish, apqn: Apqn): boolean => apm.includes(apidOf(apqn)) && aqm.includes(apqiOf(apqn));

const queuesIn = ({ adapters, domains }: SmallHost): readonly Apqn[] =>
  range(adapters).flatMap((a) => range(domains).map((d) => ((a << 8) | d) as Apqn));

/** Queues that running guests have and must keep, according to the wishes. */
export function keptQueues(
  host: Host,
  wishes: readonly Wish[],
  smallHost: SmallHost,
): readonly (readonly [Mdev, Apqn])[] {
  return wishes.flatMap((wish) => {
    const mdev = mdevNamed(host, wish.uuid);
    if (!mdev?.isAttached) return [];
    return queuesIn(smallHost)
      .filter((apqn) => has(mdev.guestMasks, apqn) && wants(wish, apqn))
      .map((apqn) => [mdev, apqn] as const);
  });
}

/**
 * Queues of the wishes that guests have, or would get, and that vfio_ap really has for them: kernels before 6.8 can be brought to give
 * others, which is not an aim.
 */
export function hadQueues(host: Host, wishes: readonly Wish[], smallHost: SmallHost): number {
  let sum = 0;
  for (const wish of wishes.filter(({ isNamed }) => isNamed)) {
    const mdev = mdevNamed(host, wish.uuid);
    if (!mdev) continue;
    const view = mdev.isAttached ? mdev.guestMasks : mdev.shadow;
    for (const apqn of queuesIn(smallHost)) {
      if (wants(wish, apqn) && has(view, apqn) && isFine(host, apqn)) sum++;
    }
  }
  return sum;
}

/** No guest can have more than what the machine has. */
const existing = ({ state }: Host, wish: Wish, smallHost: SmallHost): number =>
  queuesIn(smallHost).filter((apqn) => wants(wish, apqn) && state.devices.has(apqn) && state.info.aqm.has(apqiOf(apqn)))
    .length;

const isFine = ({ state, profile }: Host, apqn: Apqn): boolean =>
  state.linked.has(apqn) && (profile.filter === "whole" || !state.unpassable.has(apqn));

const isThere = (host: Host, wishes: readonly Wish[]): boolean =>
  wishes.every(({ uuid, apm, aqm }) => {
    const mdev = mdevNamed(host, uuid);
    return mdev && mdev.matrix.apm.ids().join() === apm.join() && mdev.matrix.aqm.ids().join() === aqm.join();
  });

/** All writes to matrices of these mdevs, and all that bind and unbind. */
function* allWrites(host: Host, wishes: readonly Wish[], smallHost: SmallHost): Generator<readonly [string, string]> {
  const [apids, apqis] = [range(smallHost.adapters), range(smallHost.domains)];
  for (const { uuid } of wishes.filter(({ isNamed }) => isNamed)) {
    const mdev = mdevNamed(host, uuid);
    if (!mdev) continue;
    const path = `devices/vfio_ap/matrix/${uuid}`;
    for (const id of apids) yield [`${path}/${mdev.matrix.apm.has(asApid(id)) ? "un" : ""}assign_adapter`, `${id}`];
    for (const id of apqis) yield [`${path}/${mdev.matrix.aqm.has(asApqi(id)) ? "un" : ""}assign_domain`, `${id}`];
    if (!host.profile.apConfig) continue;
    for (const apm of subsetsOf(apids)) {
      for (const aqm of subsetsOf(apqis)) {
        const masks = [formatMask(maskOf(apm.map(asApid))), formatMask(maskOf(aqm.map(asApqi)))];
        yield [`${path}/ap_config`, `${masks.join(",")},${formatMask(mdev.matrix.adm)}`];
      }
    }
  }
  for (const apqn of queuesIn(smallHost)) {
    const verb = host.state.vfioBound.has(apqn) ? "unbind" : "bind";
    yield [`bus/ap/drivers/vfio_ap/${verb}`, formatApqn(apqn)];
    if (host.state.cexBound.has(apqn)) yield ["bus/ap/drivers/cex4queue/unbind", formatApqn(apqn)];
  }
}

interface Node {
  readonly words: Uint32Array;
  readonly lost: ReadonlySet<number>;
  readonly from: Node | undefined;
  readonly write: readonly [string, string] | undefined;
}

/**
 * The first order found, fewest losses first and shortest first, that ends where all matrices are as wished and is better: fewer
 * losses and as much had, or no more losses and more had.
 */
export function betterOrder(
  original: Host,
  wishes: readonly Wish[],
  plan: { readonly lost: number; readonly had: number },
  smallHost: SmallHost,
): { readonly better: Better | undefined; readonly isComplete: boolean } {
  const host = copyHost(original);
  const sysfs = hostSysfs(host);
  const kept = keptQueues(host, wishes, smallHost);
  const most = wishes.reduce((sum, wish) => sum + (wish.isNamed ? existing(host, wish, smallHost) : 0), 0);
  // With as many losses as the plan has only more queues had are better, and where it has all there is nothing to look for.
  const limit = plan.had < most ? plan.lost : plan.lost - 1;
  const queues: Node[][] = range(limit + 1).map(() => []);
  const seen = new Set<string>();
  const add = (node: Node): void => {
    const key = keyOf(node);
    if (node.lost.size > limit || seen.has(key)) return;
    seen.add(key);
    queues[node.lost.size]?.push(node);
  };
  if (limit >= 0) add({ words: snapshot(host.state), lost: new Set(), from: undefined, write: undefined });
  let left = plan.lost > 0 ? smallHost.hostsIfLost : smallHost.hosts;
  for (const queue of queues) {
    for (let at = 0; at < queue.length; at++) {
      const node = must(queue[at]);
      if (left-- <= 0) return { better: undefined, isComplete: false };
      restore(host.state, node.words);
      if (isThere(host, wishes)) {
        const had = hadQueues(host, wishes, smallHost);
        const isBetter = node.lost.size < plan.lost ? had >= plan.had : had > plan.had;
        if (isBetter) return { better: { steps: stepsTo(node), lost: node.lost.size, had }, isComplete: true };
      }
      for (const write of [...allWrites(host, wishes, smallHost)]) {
        if (sysfs.write(write[0], write[1]).ok) {
          const gone = kept.flatMap(([mdev, apqn], i) => (has(mdev.guestMasks, apqn) ? [] : [i]));
          const lost = gone.every((i) => node.lost.has(i)) ? node.lost : new Set([...node.lost, ...gone]);
          add({ words: snapshot(host.state), lost, from: node, write });
        }
        restore(host.state, node.words);
      }
    }
  }
  return { better: undefined, isComplete: true };
}

function keyOf({ words, lost }: Node): string {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  return `${bytes.toString("latin1")}${[...lost].sort((a, b) => a - b).join()}`;
}

function stepsTo(node: Node): readonly (readonly [string, string])[] {
  const steps: (readonly [string, string])[] = [];
  for (let at: Node | undefined = node; at?.write; at = at.from) steps.unshift(at.write);
  return steps;
}
