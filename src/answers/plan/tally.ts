// What running guests lose while writes are tried: queues that they should keep, queues that are zeroized, and how often they are
// updated. It hears what the rules report (rehearsal.ts), and is saved and restored with the host.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import {
  commonProduct,
  copyProduct,
  hasQueue,
  noProduct,
  type Product,
  productContains,
  queuesOf,
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

/** One running guest. It is never changed, but replaced. */
interface Watched {
  /** What it is to keep. */
  readonly kept: Product;
  /** Whoever plans has said that it may lose queues. */
  readonly mayLose: boolean;
  /** Every product it had at some time. */
  readonly had: readonly Product[];
  /** How many queues of `kept` it does not have now. */
  readonly absent: number;
  readonly updates: number;
}

/** An adapter was left out because of a queue. */
interface Unplugging {
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
  readonly guests: ReadonlyMap<number, Watched>;
}

/** A queue of a guest as one number: no two mdevs of a host have the same index. */
const QUEUES = 65536;
const keyOf = (mdev: number, apqn: Apqn): number => mdev * QUEUES + apqn;

export class Tally {
  /** By the index of the mdev. */
  #guests: ReadonlyMap<number, Watched> = new Map();
  readonly #lost = new KeptSet();
  #lostByLeave = 0;
  readonly #zeroized = new KeptSet();
  #zeroizedKept = 0;
  #duration = 0;
  /** Why adapters were left out, in order. It is only reported, so it is not restored. */
  readonly unpluggings: Unplugging[] = [];

  /** All guests that run. They are to keep what they have and their targets name. */
  watchAll({ state }: Host, targets: readonly Target[], allowed: Allowance = NOBODY): void {
    const running = state.listedMdevs().filter(({ isAttached }) => isAttached);
    const watched = running.map((mdev): [number, Watched] => {
      const name = mdevName(mdev);
      const target = targets.find(({ uuid, end }) => uuid === name && end === "stay");
      const before = copyProduct(mdev.guestMasks);
      const kept = target ? commonProduct(before, target) : noProduct();
      return [mdev.index, { kept, mayLose: mayLose(allowed, name), had: [before], absent: 0, updates: 0 }];
    });
    this.#guests = new Map(watched);
  }

  hear(host: Host, happening: Happening): void {
    if (happening.kind === "guest-masks") this.#updated(must(host.state.mdevs[happening.mdev]));
    else if (happening.kind === "queue-reset" && happening.rc === 0) this.#reset(happening.apqn);
    else if (happening.kind === "adapter-filtered") {
      const { mdev, because } = happening;
      if (this.#guests.has(mdev)) this.unpluggings.push({ mdev, because, cause: firstObstacle(host, because) });
    }
  }

  #updated({ index, guestMasks: now }: Mdev): void {
    const guest = this.#guests.get(index);
    if (!guest) return;
    const { kept, updates } = guest;
    const isKnown = guest.had.some((product) => productContains(product, now));
    const had = isKnown ? guest.had : [...guest.had, copyProduct(now)];
    const absent = productContains(now, kept) ? [] : queuesOf(kept).filter((apqn) => !hasQueue(now, apqn));
    for (const apqn of absent) {
      if (this.#lost.add(keyOf(index, apqn)) && guest.mayLose) this.#lostByLeave++;
    }
    this.#guests = new Map(this.#guests).set(index, { ...guest, had, absent: absent.length, updates: updates + 1 });
  }

  #reset(apqn: Apqn): void {
    for (const [index, { had, kept }] of this.#guests) {
      if (!had.some((product) => hasQueue(product, apqn))) continue;
      if (this.#zeroized.add(keyOf(index, apqn)) && hasQueue(kept, apqn)) this.#zeroizedKept++;
    }
  }

  /** A write is done: what is absent now stays so until the next. */
  tick(): void {
    for (const { absent } of this.#guests.values()) this.#duration += absent;
  }

  get lostCount(): number {
    return this.#lost.keys.size;
  }

  /** How many of those are of guests that may lose queues. */
  get lostByLeave(): number {
    return this.#lostByLeave;
  }

  /** The count of lost queues after each write, summed. */
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

  /** Queues of the guest with this mdev, ascending. */
  lostBy = (mdev: number): readonly Apqn[] => ofGuest(this.#lost.keys, mdev);
  zeroizedOf = (mdev: number): readonly Apqn[] => ofGuest(this.#zeroized.keys, mdev);

  /** A text that tells sets of losses apart. */
  lostKey(): string {
    const { keys } = this.#lost;
    return keys.size === 0 ? "" : [...keys].sort((a, b) => a - b).join();
  }

  save(): SavedTally {
    return {
      lost: this.#lost.keep(),
      lostByLeave: this.#lostByLeave,
      zeroized: this.#zeroized.keep(),
      zeroizedKept: this.#zeroizedKept,
      duration: this.#duration,
      guests: this.#guests,
    };
  }

  restore({ lost, lostByLeave, zeroized, zeroizedKept, duration, guests }: SavedTally): void {
    this.#lost.putBack(lost);
    this.#lostByLeave = lostByLeave;
    this.#zeroized.putBack(zeroized);
    this.#zeroizedKept = zeroizedKept;
    this.#duration = duration;
    this.#guests = guests;
  }
}

const ofGuest = (keys: ReadonlySet<number>, mdev: number): readonly Apqn[] =>
  [...keys]
    .filter((key) => Math.floor(key / QUEUES) === mdev)
    .map((key) => (key % QUEUES) as Apqn)
    .sort((a, b) => apidOf(a) - apidOf(b) || apqiOf(a) - apqiOf(b));
