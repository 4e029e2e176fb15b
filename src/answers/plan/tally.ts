// What running guests suffer while writes are tried: which queues they lose though they are to keep them, which are zeroized, how
// often they are updated. Filled by what the rules tell (rehearsal.ts), kept and put back with the host.
import { type Apqn, apidOf, apqiOf, apqnOf } from "../../system/ap/apqn.ts";
import { NONE } from "../../system/ap/id.ts";
import {
  commonProduct,
  copyProduct,
  hasQueue,
  noProduct,
  type Product,
  productContains,
} from "../../system/ap/product.ts";
import type { Happening } from "../../system/machine/happening.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { firstObstacle } from "../explain/cause.ts";
import type { Cause } from "../explain/reason.ts";
import { type Allowance, mayLose, NOBODY } from "./allowance.ts";
import { KeptSet } from "./kept-set.ts";
import type { Target } from "./targets.ts";

/** One running guest. What it had and is to keep never changes, the rest does. */
interface Watched {
  readonly before: Product;
  readonly kept: Product;
  /** Whoever plans has said that it may lose queues. */
  readonly mayLose: boolean;
  /** Every product it had at some time. */
  had: readonly Product[];
  /** Queues of those kept that it has not got now. */
  absent: number;
  updates: number;
}

/** An adapter was left out because of a queue. */
export interface Unplugging {
  readonly mdev: number;
  readonly because: Apqn;
  readonly cause: Cause | undefined;
}

export interface SavedTally {
  readonly lost: ReadonlySet<number>;
  readonly lostByLeave: number;
  readonly zeroized: ReadonlySet<number>;
  readonly zeroizedKept: number;
  readonly duration: number;
  readonly guests: readonly Pick<Watched, "had" | "absent" | "updates">[];
}

/** Queue of a guest as one number: no two mdevs of a host have one index. */
const QUEUES = 65536;
const keyOf = (mdev: number, apqn: Apqn): number => mdev * QUEUES + apqn;

export class Tally {
  readonly #guests = new Map<number, Watched>();
  readonly #lost = new KeptSet();
  #lostByLeave = 0;
  readonly #zeroized = new KeptSet();
  #zeroizedKept = 0;
  #duration = 0;
  /** Why adapters were left out, in order: only for telling, so it is not put back. */
  readonly unpluggings: Unplugging[] = [];

  /** All guests that run. What they have and their targets say as well they are to keep. */
  watchAll({ state }: Host, targets: readonly Target[], allowed: Allowance = NOBODY): void {
    for (const mdev of state.listedMdevs()) {
      if (!mdev.isAttached) continue;
      const name = mdevName(mdev);
      const target = targets.find(({ uuid, end }) => uuid === name && end === "stay");
      const before = copyProduct(mdev.guestMasks);
      const kept = target ? commonProduct(before, target) : noProduct();
      const isAllowed = mayLose(allowed, name);
      this.#guests.set(mdev.index, { before, kept, mayLose: isAllowed, had: [before], absent: 0, updates: 0 });
    }
  }

  hear(host: Host, happening: Happening): void {
    if (happening.kind === "guest-masks") this.#updated(host.state.mdevs[happening.mdev] as Mdev);
    else if (happening.kind === "queue-reset" && happening.rc === 0) this.#reset(happening.apqn);
    else if (happening.kind === "adapter-filtered") {
      const { mdev, because } = happening;
      if (this.#guests.has(mdev)) this.unpluggings.push({ mdev, because, cause: firstObstacle(host, because) });
    }
  }

  #updated(mdev: Mdev): void {
    const guest = this.#guests.get(mdev.index);
    if (!guest) return;
    guest.updates++;
    guest.absent = 0;
    const { guestMasks: now } = mdev;
    if (!guest.had.some((product) => productContains(product, now))) guest.had = [...guest.had, copyProduct(now)];
    const { kept } = guest;
    if (productContains(now, kept)) return;
    for (let apid = kept.apm.next(0); apid !== NONE; apid = kept.apm.next(apid + 1)) {
      for (let apqi = kept.aqm.next(0); apqi !== NONE; apqi = kept.aqm.next(apqi + 1)) {
        if (now.apm.has(apid) && now.aqm.has(apqi)) continue;
        guest.absent++;
        if (this.#lost.add(keyOf(mdev.index, apqnOf(apid, apqi))) && guest.mayLose) this.#lostByLeave++;
      }
    }
  }

  #reset(apqn: Apqn): void {
    for (const [index, { had, kept }] of this.#guests) {
      if (!hadQueue(had, apqn)) continue;
      if (this.#zeroized.add(keyOf(index, apqn)) && hasQueue(kept, apqn)) this.#zeroizedKept++;
    }
  }

  /** A write is through: what is absent stays so until the next. */
  tick(): void {
    for (const { absent } of this.#guests.values()) this.#duration += absent;
  }

  get lostCount(): number {
    return this.#lost.keys.size;
  }

  /** Of those, queues of guests that may lose some. */
  get lostByLeave(): number {
    return this.#lostByLeave;
  }

  /** Queues lost, summed over the writes after which they were. */
  get duration(): number {
    return this.#duration;
  }

  get zeroizedKept(): number {
    return this.#zeroizedKept;
  }

  get updates(): number {
    let sum = 0;
    for (const { updates } of this.#guests.values()) sum += updates;
    return sum;
  }

  updatesOf(mdev: number): number {
    return this.#guests.get(mdev)?.updates ?? 0;
  }

  /** Queues of this guest, ascending. */
  lostBy = (mdev: number): readonly Apqn[] => ofGuest(this.#lost.keys, mdev);
  zeroizedOf = (mdev: number): readonly Apqn[] => ofGuest(this.#zeroized.keys, mdev);

  /** Tells sets of losses apart. */
  lostKey(): string {
    const { keys } = this.#lost;
    return keys.size === 0 ? "" : [...keys].sort((a, b) => a - b).join();
  }

  save(): SavedTally {
    const guests = [...this.#guests.values()].map(({ had, absent, updates }) => ({ had, absent, updates }));
    return {
      lost: this.#lost.keep(),
      lostByLeave: this.#lostByLeave,
      zeroized: this.#zeroized.keep(),
      zeroizedKept: this.#zeroizedKept,
      duration: this.#duration,
      guests,
    };
  }

  restore({ lost, lostByLeave, zeroized, zeroizedKept, duration, guests }: SavedTally): void {
    this.#lost.putBack(lost);
    this.#lostByLeave = lostByLeave;
    this.#zeroized.putBack(zeroized);
    this.#zeroizedKept = zeroizedKept;
    this.#duration = duration;
    let i = 0;
    for (const guest of this.#guests.values()) {
      const { had, absent, updates } = guests[i++] as SavedTally["guests"][number];
      guest.had = had;
      guest.absent = absent;
      guest.updates = updates;
    }
  }
}

function hadQueue(had: readonly Product[], apqn: Apqn): boolean {
  for (const product of had) if (hasQueue(product, apqn)) return true;
  return false;
}

const ofGuest = (keys: ReadonlySet<number>, mdev: number): readonly Apqn[] =>
  [...keys]
    .filter((key) => Math.floor(key / QUEUES) === mdev)
    .map((key) => (key % QUEUES) as Apqn)
    .sort((a, b) => apidOf(a) - apidOf(b) || apqiOf(a) - apqiOf(b));
