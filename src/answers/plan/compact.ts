// A copy of a host in a buffer no larger than what is there and what is wanted: most machines could have 256 adapters and domains and
// have few of them, and a plan is found by copying hosts many times.

import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi, NONE } from "../../system/ap/id.ts";
import { type Matrix, setMatrix } from "../../system/ap/matrix.ts";
import { HostState } from "../../system/machine/host-state.ts";
import { layoutFor, QUEUE_BITS, QUEUE_FIELDS } from "../../system/machine/layout.ts";
import type { Mdev } from "../../system/machine/mdev.ts";

const FIELDS = Object.keys(QUEUE_FIELDS) as (keyof typeof QUEUE_FIELDS)[];

interface Needed {
  readonly adapters: number;
  readonly domains: number;
}

/**
 * @param wanted masks whose ids the copy has to hold besides those of the host
 * @param mdevs room for so many, if there is not more already
 */
export function compactState(state: HostState, wanted: readonly Matrix[], mdevs: number): HostState {
  const { adapters, domains } = neededFor(state, wanted);
  const layout = layoutFor({ adapters, domains, mdevs: Math.max(mdevs, state.layout.mdevs) });
  const copy = new HostState(state.facts, layout, new Uint32Array(layout.words), state.names);
  // Up to the bits of queues every layout is the same.
  copy.words.set(state.words.subarray(0, layout.queueBits));
  copyQueues(state, copy);
  const { mdevOrder } = state.layout;
  copy.words.set(state.words.subarray(mdevOrder, mdevOrder + state.mdevCount), layout.mdevOrder);
  for (const [i, mdev] of state.mdevs.entries()) if (!mdev.isFree) copyMdev(mdev, copy.mdevs[i] as Mdev);
  return copy;
}

/** One more than the highest ids, and one adapter more that nobody has: to filter anew by assigning it (../explain/idle-numbers.ts). */
function neededFor({ machine, qci, info, cards, layout, mdevs }: HostState, wanted: readonly Matrix[]): Needed {
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
