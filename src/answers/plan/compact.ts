// A copy of a host in a buffer that is as small as its content and the desired state allow. Most machines could have 256 adapters and
// domains but have few, and finding a plan copies the host many times.

import { apqnOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi, NONE } from "../../system/ap/id.ts";
import { type Matrix, setMatrix } from "../../system/ap/matrix.ts";
import { HostState } from "../../system/machine/host-state.ts";
import { layoutFor, QUEUE_BITS, QUEUE_FIELDS, SECURE_FIELDS } from "../../system/machine/layout.ts";
import type { Mdev } from "../../system/machine/mdev.ts";

const FIELDS = Object.keys(QUEUE_FIELDS) as (keyof typeof QUEUE_FIELDS)[];
const SECURE = Object.keys(SECURE_FIELDS) as (keyof typeof SECURE_FIELDS)[];

/**
 * @param wanted masks whose ids must fit into the copy, besides those of the host
 * @param mdevs how many mdevs must fit; there may be room for more already
 */
export function compactState(state: HostState, wanted: readonly Matrix[], mdevs: number): HostState {
  const { adapters, domains } = neededFor(state, wanted);
  const layout = layoutFor({ adapters, domains, mdevs: Math.max(mdevs, state.layout.mdevs), secure: state.facts.apsb });
  const copy = new HostState(state.facts, layout, new Uint32Array(layout.words), state.names);
  // All layouts are the same up to the bits of queues.
  copy.words.set(state.words.subarray(0, layout.queueBits));
  copyQueues(state, copy);
  const { mdevOrder } = state.layout;
  copy.words.set(state.words.subarray(mdevOrder, mdevOrder + state.mdevCount), layout.mdevOrder);
  for (const [i, mdev] of state.mdevs.entries()) if (!mdev.isFree) copyMdev(mdev, must(copy.mdevs[i]));
  return copy;
}

/** Counts of adapters and domains: up to the highest ids, and one more adapter that nobody has, for ../explain/idle-numbers.ts. */
function neededFor({ machine, qci, info, cards, layout, mdevs }: HostState, wanted: readonly Matrix[]) {
  const parts = mdevs.filter(({ isFree }) => !isFree);
  const products = [
    machine,
    qci,
    info,
    ...parts.flatMap(({ matrix, shadow, pending }) => [matrix, shadow, pending]),
    ...wanted,
  ];
  const adapters = 1 + Math.max(...[cards, ...products.map(({ apm }) => apm)].map(highest));
  const controls = [machine, qci, info, ...parts.map(({ matrix }) => matrix), ...wanted].map(({ adm }) => highest(adm));
  const domains = 1 + Math.max(...products.map(({ aqm }) => highest(aqm)), ...controls);
  return { adapters: Math.min(layout.adapters, adapters + 1), domains: Math.min(layout.domains, Math.max(1, domains)) };
}

function highest(mask: { next(from: number): number }): number {
  let last = -1;
  for (let id = mask.next(0); id !== NONE; id = mask.next(id + 1)) last = id;
  return last;
}

function copyQueues(from: HostState, to: HostState): void {
  const { adapters, domains } = to.layout;
  for (let adapter = 0; adapter < adapters; adapter++) {
    const apid = asApid(adapter);
    for (const name of QUEUE_BITS) to[name].row(apid).copy(from[name].row(apid));
    for (let domain = 0; domain < domains; domain++) {
      const apqn = apqnOf(apid, asApqi(domain));
      for (const name of FIELDS) {
        const value = from[name].get(apqn);
        if (value !== 0) to[name].set(apqn, value);
      }
      for (const name of SECURE) if (from.secure) to.secure?.[name].set(apqn, from.secure[name].get(apqn));
    }
  }
}

function copyMdev(from: Mdev, to: Mdev): void {
  to.setState(from.isBeingRemoved ? "removing" : "there");
  to.guest = from.guest;
  for (const i of [0, 1, 2, 3]) to.setUuidWord(i, from.uuidWord(i));
  for (const index of [0, 1]) to.setEventfd(index, from.hasEventfd(index));
  for (const name of ["matrix", "shadow", "pending", "guestMasks"] as const) setMatrix(to[name], from[name]);
}
