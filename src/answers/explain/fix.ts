// The shortest list of writes after which a guest has a queue: remedies tried on a copy of the host, cause by cause.
import type { Apqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { hasQueue } from "../../system/ap/product.ts";
import type { Refusal } from "../../system/ap/result.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { causeOf } from "./cause.ts";
import { gentleOrder } from "./gentle-order.ts";
import type { Cause, Reason } from "./reason.ts";
import { type Remedy, remediesFor } from "./remedies.ts";
import { shorterWays } from "./shorter-ways.ts";
import type { WhatIf } from "./what-if.ts";
import { remediesForWrite } from "./write-remedies.ts";

/** The longest list that is looked for: enough for a full adapter with every queue unbound. */
export const LONGEST = 600;
/** How many times all alternatives against a cause are tried; after that the first one that works is taken. */
export const BRANCHES = 4;

/** If the guest does not run, a fix can only make sure that the guest has the queue when it starts. */
const isReached = (reason: Reason): boolean => reason === "plugged" || reason === "guest-not-running";

/**
 * @param whatIf a copy of the host; it is changed
 * @param name the mdev's name in sysfs
 * @returns undefined if no writes help, or none are needed
 */
export function fixFor(whatIf: WhatIf, name: string, apqn: Apqn): readonly Write[] | undefined {
  whatIf.reset();
  const search = new FixSearch(whatIf, name, apqn);
  const found = search.from([], LONGEST, BRANCHES);
  if (!found || found.length === 0) return undefined;
  const isThere = () => search.isReached();
  return gentleOrder(whatIf, name, shortest(whatIf, name, found, isThere), isThere);
}

/** The same fix with fewer writes, where several writes can be put into one. Each way is tried like the first. */
function shortest(whatIf: WhatIf, name: string, fix: readonly Write[], isReached: () => boolean): readonly Write[] {
  let best = fix;
  const mdev = mdevNamed(whatIf.original, name);
  for (const way of shorterWays) {
    const shorter = mdev && best.length > 1 ? way(whatIf.original, mdev, best) : undefined;
    if (!shorter || shorter.length >= best.length) continue;
    whatIf.reset();
    if (shorter.every((write) => whatIf.write(write)) && isReached()) best = shorter;
  }
  return best;
}

class FixSearch {
  readonly #whatIf: WhatIf;
  readonly #name: string;
  readonly #apqn: Apqn;
  /** Other mdevs may lose queues only if this one has to be assigned: another mdev has it, or a queue that would come along. */
  readonly #mayTake: boolean;

  constructor(whatIf: WhatIf, name: string, apqn: Apqn) {
    this.#whatIf = whatIf;
    this.#name = name;
    this.#apqn = apqn;
    const mdev = whatIf.mdev(name);
    this.#mayTake = mdev !== undefined && !hasQueue(mdev.matrix, apqn);
  }

  #cause(): Cause | undefined {
    const mdev = this.#whatIf.mdev(this.#name);
    return mdev && causeOf(this.#whatIf.host, mdev, this.#apqn);
  }

  isReached(): boolean {
    const cause = this.#cause();
    return cause !== undefined && isReached(cause.reason);
  }

  /** The shortest continuation of what has been written, of at most `limit` writes in all. */
  from(written: readonly Write[], limit: number, branches: number, before?: Reason): readonly Write[] | undefined {
    const mdev = this.#whatIf.mdev(this.#name);
    const cause = this.#cause();
    if (!mdev || !cause) return undefined;
    if (isReached(cause.reason)) return written;
    // The driver has filtered already, and that did not help: it would not help again.
    if (cause.reason === "waiting-for-refilter" && before === cause.reason) return undefined;
    const remedies = remediesFor(this.#whatIf.host, mdev, this.#apqn, cause);
    // The host is saved only where there is a choice.
    const choices = [...(branches > 0 ? remedies : remedies.slice(0, 1))];
    let saved = choices.length > 1 ? this.#whatIf.save() : undefined;
    let best: readonly Write[] | undefined;
    for (let at = 0; at < choices.length; at++) {
      const remedy = must(choices[at]);
      if (at > 0 && saved) this.#whatIf.restore(saved);
      const most = best ? best.length - 1 : limit;
      if (written.length + remedy.length > most) continue;
      const refused = this.#firstRefused(remedy);
      if (refused) {
        // A refused write has changed nothing, so what is in its way can come before it.
        if (remedy.length > 1) continue;
        const clearing = this.#clearingTheWay(must(remedy[0]), refused);
        choices.push(...(branches > 0 ? clearing : clearing.slice(0, 1)));
        if (choices.length > 1) saved ??= this.#whatIf.save();
        continue;
      }
      const left = choices.length > 1 ? branches - 1 : branches;
      best = this.from([...written, ...remedy], most, left, cause.reason) ?? best;
    }
    return best;
  }

  #firstRefused(writes: readonly Write[]): Refusal | undefined {
    for (const write of writes) {
      const result = this.#whatIf.try(write);
      if (!result.ok) return result.why;
    }
    return undefined;
  }

  /** For when the resulting matrix has queues that belong to the host or to another mdev. */
  #clearingTheWay(write: Write, why: Refusal): readonly Remedy[] {
    const isAllowed = why.kind === "queue-host-owned" || (this.#mayTake && why.kind === "queue-assigned-elsewhere");
    return isAllowed ? remediesForWrite(this.#whatIf.host, write, why) : [];
  }
}
