// The rules of the reference model: what a guest gets, and what it loses. They are written independently on purpose, and few enough to
// be read at once; the product's are in src/system/bus and src/system/vfio-ap. Next: reference-events.ts.

import { isV11, type ReferenceOptions } from "./reference-options.ts";
import type { MdevState, ReferenceState } from "./state.ts";

/** If a queue is missing, its whole adapter is taken away, or its whole domain. */
export type FilterBy = "adapter" | "domain";

export class Rules {
  readonly options: ReferenceOptions;
  readonly isV11: boolean;
  readonly allAdapters: number;
  readonly allDomains: number;
  /** Queues that belong to the default driver. */
  readonly reserved: number;
  /** Removal of a queue asks whether the shadow has its adapter and its domain, not only its adapter. */
  readonly #removalAsksBoth: boolean;
  readonly #resetsFiltered: boolean;
  /** Queues of adapters x domains, at adapters << domains | domains. */
  readonly #products: Int32Array;

  constructor(options: ReferenceOptions) {
    const { adapters, domains, rule } = options;
    this.options = options;
    this.isV11 = isV11(options);
    this.allAdapters = 2 ** adapters - 1;
    this.allDomains = 2 ** domains - 1;
    this.reserved = options.reserved ? 2 ** (adapters * domains - 1) : 0;
    this.#removalAsksBoth = rule === 0 || rule === 2 || rule === 4;
    this.#resetsFiltered = rule === 0 || rule === 1;
    this.#products = Int32Array.from({ length: 2 ** (adapters + domains) }, (_, sets) => {
      let queues = 0;
      for (let a = 0; a < adapters; a++) {
        if ((sets >> (domains + a)) & 1) queues |= (sets & this.allDomains) << (a * domains);
      }
      return queues;
    });
  }

  /** The queues of these adapters and domains. */
  product(adapters: number, domains: number): number {
    return this.#products[(adapters << this.options.domains) | domains]!;
  }

  /** The queues that are assigned to an mdev. */
  matrix({ matrixAdapters, matrixDomains }: MdevState): number {
    return this.product(matrixAdapters, matrixDomains);
  }

  /** The queues that an mdev's guest has. */
  guestQueues({ running, mdevs }: ReferenceState, g: number): number {
    const { shadowAdapters, shadowDomains } = mdevs[g]!;
    return ((running >> g) & 1) === 0 ? 0 : this.product(shadowAdapters, shadowDomains);
  }

  /** Those of these adapters whose queues with these domains are all among `queues`. */
  wholeAdapters(adapters: number, domains: number, queues: number): number {
    let whole = 0;
    for (let a = 0; a < this.options.adapters; a++) {
      if ((this.product(adapters & (1 << a), domains) & ~queues) === 0) whole |= adapters & (1 << a);
    }
    return whole;
  }

  /** The same for domains. */
  #wholeDomains(adapters: number, domains: number, queues: number): number {
    let whole = 0;
    for (let d = 0; d < this.options.domains; d++) {
      if ((this.product(adapters, domains & (1 << d)) & ~queues) === 0) whole |= domains & (1 << d);
    }
    return whole;
  }

  reset({ mdevs }: ReferenceState, queues: number): void {
    for (let g = 0; g < mdevs.length; g++) mdevs[g]!.dirtied &= ~queues;
  }

  /** Works out a shadow again: the matrix, cut down to the host and to what is linked. */
  filter(s: ReferenceState, g: number, by: FilterBy): void {
    const m = s.mdevs[g]!;
    const adapters = m.matrixAdapters & s.hostAdapters;
    const domains = m.matrixDomains & s.hostDomains;
    const linked = s.bound & ~s.cut;
    const whole = by === "adapter" || !this.isV11 ? this.wholeAdapters(adapters, domains, linked) : adapters;
    if (this.#resetsFiltered) this.reset(s, this.product(m.shadowAdapters & adapters & ~whole, domains) & s.bound);
    m.shadowAdapters = whole;
    m.shadowDomains = by === "domain" && this.isV11 ? this.#wholeDomains(adapters, domains, linked) : domains;
    this.emptyHalf(m);
  }

  /** Under v11 a shadow without adapters, or without domains, is empty. */
  emptyHalf(m: MdevState): void {
    if (!this.isV11 || (m.shadowAdapters !== 0 && m.shadowDomains !== 0)) return;
    m.shadowAdapters = 0;
    m.shadowDomains = 0;
  }

  /** A queue that is now bound looks for its guest. */
  probe(s: ReferenceState, a: number, d: number): void {
    const g = this.#ownerOf(s, a, d);
    if (g === undefined) return;
    const comes = ((s.addedAdapters >> a) | (s.addedDomains >> d)) & 1;
    const filters = this.isV11 ? (s.running >> g) & ~comes & 1 : ~(s.pending >> g) & 1;
    if (filters === 1) this.filter(s, g, "adapter");
  }

  /** The mdev that this queue is assigned to. */
  #ownerOf({ mdevs }: ReferenceState, a: number, d: number): number | undefined {
    for (let g = 0; g < mdevs.length; g++) {
      if ((mdevs[g]!.matrixAdapters >> a) & (mdevs[g]!.matrixDomains >> d) & 1) return g;
    }
    return undefined;
  }

  /** A bound queue is taken from vfio_ap: its guest loses the adapter if it has the queue. */
  remove(s: ReferenceState, a: number, d: number): void {
    const queue = this.product(1 << a, 1 << d);
    const g = this.#ownerOf(s, a, d);
    const m = g === undefined ? undefined : s.mdevs[g]!;
    const has =
      m !== undefined && ((m.shadowAdapters >> a) & (this.#removalAsksBoth ? m.shadowDomains >> d : 1) & 1) === 1;
    if (this.isV11) {
      if (m && has && (s.cut & queue) === 0 && ((s.running >> g!) & 1) === 1) {
        m.shadowAdapters &= ~(1 << a);
        this.emptyHalf(m);
      }
      this.reset(s, queue);
    } else if (m && has) {
      m.shadowAdapters &= ~(1 << a);
      this.reset(s, this.product(1 << a, m.shadowDomains) & s.bound);
    } else {
      this.reset(s, this.product(s.hostAdapters, s.hostDomains) & queue);
    }
    s.bound &= ~queue;
    s.cut &= ~queue;
  }

  /** An adapter or a domain (a set of one of them) leaves the host's configuration, and with it all shadows. */
  leaveHost(s: ReferenceState, adapters: number, domains: number): void {
    s.hostAdapters &= ~adapters;
    s.hostDomains &= ~domains;
    this.reset(s, this.product(adapters, this.allDomains) | this.product(this.allAdapters, domains));
    for (let g = 0; g < s.mdevs.length; g++) {
      const m = s.mdevs[g]!;
      if (this.isV11 && ((s.running >> g) & 1) === 0) continue;
      const isHit = (m.shadowAdapters & adapters) !== 0 || (m.shadowDomains & domains) !== 0;
      m.shadowAdapters &= ~adapters;
      m.shadowDomains &= ~domains;
      if (isHit) this.emptyHalf(m);
      if (!this.isV11) {
        m.shadowControl &= ~domains;
        continue;
      }
      const left =
        this.product(m.matrixAdapters & adapters, m.matrixDomains) |
        this.product(m.matrixAdapters, m.matrixDomains & domains);
      s.cut |= left & s.bound;
    }
  }

  /** An adapter or a domain comes to the host's configuration. */
  joinHost(s: ReferenceState, adapters: number, domains: number): void {
    s.hostAdapters |= adapters;
    s.hostDomains |= domains;
    s.addedAdapters = adapters;
    s.addedDomains = domains;
    if (this.isV11) return;
    for (let g = 0; g < s.mdevs.length; g++) {
      const m = s.mdevs[g]!;
      const isTouched = (m.matrixAdapters & adapters) !== 0 || ((m.matrixDomains | m.matrixControl) & domains) !== 0;
      if (isTouched) s.pending |= 1 << g;
    }
  }

  /** At the end of a scan the mdevs get, one by one, what the host was given. */
  completeScan(s: ReferenceState): void {
    for (let g = 0; g < s.mdevs.length; g++) {
      const m = s.mdevs[g]!;
      if ((((this.isV11 ? s.running : s.pending) >> g) & 1) === 0) continue;
      const isHit = (m.matrixAdapters & s.addedAdapters) !== 0 || (m.matrixDomains & s.addedDomains) !== 0;
      if (isHit) this.filter(s, g, "adapter");
      if (!this.isV11 && (m.matrixControl & s.addedDomains) !== 0) m.shadowControl = m.matrixControl & s.hostDomains;
    }
    s.scanning = 0;
    s.addedAdapters = 0;
    s.addedDomains = 0;
    s.pending = 0;
  }
}
