// Working masks of the rules, made once per host: a step allocates none. They are not part of a host's state.

import { NONE } from "../ap/id.ts";
import { type Adm, type Apm, type Aqm, newMask } from "../ap/mask.ts";
import { newMatrix } from "../ap/matrix.ts";
import type { Layout } from "./layout.ts";
import { QueueBits } from "./rows.ts";

/** Masks for the work of one step; empty of meaning between steps. Each has one use, named after it. */
export class Scratch {
  readonly filtered: Apm;
  readonly oldApm: Apm;
  readonly oldAqm: Aqm;
  readonly oldAdm: Adm;
  readonly lookedApm: Apm;
  readonly lookedAqm: Aqm;
  /** What the host's configuration gained and lost. */
  readonly added = newMatrix();
  readonly removed = newMatrix();
  readonly allDomains: Aqm = newMask();
  readonly allAdapters: Apm = newMask();
  readonly linkRow: Aqm;
  readonly resetRow: Aqm;
  readonly workRow: Aqm;
  readonly unlinkRow: Aqm;
  readonly scanRow: Aqm;
  readonly pollRow: Aqm;
  readonly orderRow: Aqm;
  /** One row per adapter: the queues a batch of unassignments has to reset. */
  readonly resetRows: QueueBits;
  readonly oneApid: Apm;
  #runs = runsOf(8);
  readonly oneApqi: Aqm;
  readonly newApm: Apm = newMask();
  readonly newAqm: Aqm = newMask();

  constructor(layout: Layout) {
    const { adapters, domains, domainWidth } = layout;
    this.filtered = newMask(adapters);
    this.oldApm = newMask(adapters);
    this.oldAqm = newMask(domains);
    this.oldAdm = newMask(domains);
    this.lookedApm = newMask(adapters);
    this.lookedAqm = newMask(domains);
    this.oneApid = newMask(adapters);
    this.oneApqi = newMask(domains);
    this.linkRow = newMask(domains);
    this.resetRow = newMask(domains);
    this.workRow = newMask(domains);
    this.unlinkRow = newMask(domains);
    this.scanRow = newMask(domains);
    this.pollRow = newMask(domains);
    this.orderRow = newMask(domains);
    this.resetRows = new QueueBits(new Uint32Array(adapters * domainWidth), 0, adapters, domainWidth);
    this.allDomains.fill();
    this.allAdapters.fill();
  }

  /** Runs of devices as they were joined last. */
  get runs(): Runs {
    return this.#runs;
  }

  /** Room for this many runs, of which nothing is known yet. */
  emptyRuns(count: number): Runs {
    if (this.#runs.first.length < count) this.#runs = runsOf(2 * count);
    this.#runs.first.fill(NONE);
    return this.#runs;
  }
}

/** Three numbers for each: its first and last queue, and its number from now on. */
interface Runs {
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly now: Int32Array;
}

const runsOf = (count: number): Runs => ({
  first: new Int32Array(count),
  last: new Int32Array(count),
  now: new Int32Array(count),
});
