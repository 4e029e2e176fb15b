// Why a guest has the queues it has, and what to write so that it gets those it lacks.

import { type Apqn, apidOf, formatApqn } from "../../system/ap/apqn.ts";
import type { Apid } from "../../system/ap/id.ts";
import { hasQueue, queuesOf } from "../../system/ap/product.ts";
import { formatResponseCode } from "../../system/ap/response-code.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { InsideJson } from "../inside/inside-text.ts";
import { causeOf, type FilteredAdapters } from "./cause.ts";
import { fixFor } from "./fix.ts";
import { losesBy } from "./gentle-order.ts";
import { type Health, type HealthState, healthFix, healthOf, OF_CARDS } from "./health.ts";
import { type Loser, losersOf } from "./losers.ts";
import type { Because, Reason } from "./reason.ts";
import { WhatIf } from "./what-if.ts";

export interface Explanation {
  readonly apqn: Apqn;
  /** UUID of the mdev whose guest is asked about. */
  readonly mdev: string;
  readonly plugged: boolean;
  readonly reason: Reason;
  readonly because: Because;
  /** What makes it useless to the guest that has it, or is to have it; undefined if nothing is known. */
  readonly health: Health | undefined;
  /** Writes after which nothing of that is wrong any more; undefined if none help. */
  readonly cure: readonly Write[] | undefined;
  /** Writes after which the guest has it, or will have it when it runs; undefined if none help. */
  readonly fix: readonly Write[] | undefined;
  /** What the guest has and loses by the fix, at least until the fix is complete. */
  readonly loses: readonly Apqn[];
  /** Other running guests that lose queues by the fix. */
  readonly losers: readonly Loser[];
}

/** @param asked queues to explain; undefined: all that are assigned, ascending */
export function explain(host: Host, mdev: Mdev, asked?: readonly Apqn[]): readonly Explanation[] {
  const queues = asked ?? queuesOf(mdev.matrix);
  const filtered: FilteredAdapters = new Map();
  const fixes = new Fixes(host, mdev);
  const name = mdevName(mdev);
  return queues.map((apqn): Explanation => {
    const { reason, because } = causeOf(host, mdev, apqn, filtered);
    const health = healthOf(host, apqn);
    const cure = health && healthFix(host, apqn, health);
    if (reason === "plugged")
      return {
        apqn,
        mdev: name,
        plugged: true,
        reason,
        because: {},
        health,
        cure,
        fix: undefined,
        loses: [],
        losers: [],
      };
    const fix = fixes.of(apqn, reason);
    const told = health && OF_CARDS.includes(health.state) ? { health, cure } : { health: undefined, cure: undefined };
    return { apqn, mdev: name, plugged: false, reason, because, ...told, fix, ...fixes.costOf(fix) };
  });
}

/** What helps one queue of an mdev, for callers who know the reason already. */
export const fixOf = (host: Host, mdev: Mdev, apqn: Apqn, reason: Reason): readonly Write[] | undefined =>
  reason === "plugged" ? undefined : new Fixes(host, mdev).of(apqn, reason);

/** No write makes a guest start, or lets it go. */
const GUEST_IS_NEEDED: readonly Reason[] = ["guest-not-running", "removal-requested"];

type Cost = Pick<Explanation, "loses" | "losers">;

/** The fixes for many queues of one mdev. */
class Fixes {
  readonly #host: Host;
  readonly #mdev: Mdev;
  readonly #name: string;
  #whatIf: WhatIf | undefined;
  readonly #byAdapter = new Map<Apid, readonly Write[] | undefined>();
  readonly #costs = new Map<readonly Write[], Cost>();

  constructor(host: Host, mdev: Mdev) {
    this.#host = host;
    this.#mdev = mdev;
    this.#name = mdevName(mdev);
  }

  of(apqn: Apqn, reason: Reason): readonly Write[] | undefined {
    if (GUEST_IS_NEEDED.includes(reason)) return undefined;
    if (!this.#comesWithItsAdapter(apqn)) return this.#search(apqn);
    const apid = apidOf(apqn);
    if (!this.#byAdapter.has(apid)) this.#byAdapter.set(apid, this.#search(apqn));
    return this.#byAdapter.get(apid);
  }

  /** Where the driver looks at all queues of an adapter, a guest gets one of them only if all are in order. */
  #comesWithItsAdapter(apqn: Apqn): boolean {
    const { profile, state } = this.#host;
    return profile.filter === "whole" && hasQueue(this.#mdev.matrix, apqn) && hasQueue(state.info, apqn);
  }

  /** Queues of one adapter share their fix, and so what is lost by it. */
  costOf(fix: readonly Write[] | undefined): Cost {
    if (!fix || !this.#whatIf) return { loses: [], losers: [] };
    const known = this.#costs.get(fix);
    if (known) return known;
    const loses = this.#canLose(fix) ? losesBy(this.#whatIf, this.#name, fix) : [];
    const cost = { loses, losers: losersOf(this.#whatIf, fix, this.#name) };
    this.#costs.set(fix, cost);
    return cost;
  }

  /** Only writes to the mdev's own matrix, or to `unbind`, can take something from its guest. */
  #canLose(fix: readonly Write[]): boolean {
    return this.#mdev.isAttached && fix.some(([path]) => path.includes(this.#name) || path.endsWith("/unbind"));
  }

  #search(apqn: Apqn): readonly Write[] | undefined {
    this.#whatIf ??= new WhatIf(this.#host);
    return fixFor(this.#whatIf, this.#name, apqn);
  }
}

/** What `apmatrix explain --format json` prints for one queue. */
export interface ExplanationJson {
  /** Such as 04.0047, as all queues here. */
  readonly apqn: string;
  readonly plugged: boolean;
  readonly reason: Reason;
  readonly because: {
    /** The queue that causes it, if it is another one. */
    readonly apqn?: string;
    readonly reason?: Reason;
    readonly mdev?: string;
    readonly driver?: string;
    readonly mask?: string;
    readonly rc?: string;
  };
  /** What makes the queue useless to the guest; left out if nothing does. */
  readonly health?: HealthState;
  /** Beside `health`: what to write against it; null if nothing helps. */
  readonly health_fix?: readonly Write[] | null;
  /** What to write so that the guest has it, or will have it when it runs; null if nothing helps. */
  readonly fix: readonly Write[] | null;
  /** Other running guests that lose queues by the fix, and how many of how many; left out if none does. */
  readonly losers?: readonly Loser[];
  /** What the guest's own Linux makes of it; left out where that is not known, or it neither has nor shows the queue. */
  readonly inside?: InsideJson;
}

export function explanationToJson(explanation: Explanation): ExplanationJson {
  const { apqn, plugged, reason, because, health, cure, fix, losers } = explanation;
  const { apqn: other, rc, ...rest } = because;
  const details: ExplanationJson["because"] = {
    ...(other !== undefined && { apqn: formatApqn(other) }),
    ...rest,
    ...(rc !== undefined && { rc: formatResponseCode(rc) }),
  };
  return {
    apqn: formatApqn(apqn),
    plugged,
    reason,
    because: details,
    ...(health && { health: health.state, health_fix: cure ?? null }),
    fix: plugged ? [] : (fix ?? null),
    ...(losers.length > 0 && { losers }),
  };
}
