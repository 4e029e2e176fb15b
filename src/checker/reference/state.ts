// A state of the reference model. Sets are numbers, bit by bit: bit n of a set of adapters, of domains or of mdevs is number n, and queue
// (a, d) is bit a * domains + d of a set of queues. Next: state-words.ts, rules.ts.
import type { ReferenceOptions } from "./reference-options.ts";

export class MdevState {
  matrixAdapters = 0;
  matrixDomains = 0;
  matrixControl = 0;
  shadowAdapters = 0;
  shadowDomains = 0;
  shadowControl = 0;
  /** Queues that its guest may have dirtied since they were reset last. */
  dirtied = 0;

  copy(from: MdevState): void {
    this.matrixAdapters = from.matrixAdapters;
    this.matrixDomains = from.matrixDomains;
    this.matrixControl = from.matrixControl;
    this.shadowAdapters = from.shadowAdapters;
    this.shadowDomains = from.shadowDomains;
    this.shadowControl = from.shadowControl;
    this.dirtied = from.dirtied;
  }
}

export class ReferenceState {
  /** Queues that have a device, and those that are bound to vfio_ap. */
  devices = 0;
  bound = 0;
  /** Bound queues that a removal from the host cut off their mdev (v11). */
  cut = 0;
  hostAdapters = 0;
  hostDomains = 0;
  /** Mdevs with a running guest, and those that wait for the end of a scan to be filtered (not under v11). */
  running = 0;
  pending = 0;
  /** 1 while a scan is under way. */
  scanning = 0;
  /** The adapter or domain that the host was given last, until the end of the scan. */
  addedAdapters = 0;
  addedDomains = 0;
  readonly mdevs: readonly MdevState[];

  constructor({ mdevs }: ReferenceOptions) {
    this.mdevs = Array.from({ length: mdevs }, () => new MdevState());
  }

  copy(from: ReferenceState): void {
    this.devices = from.devices;
    this.bound = from.bound;
    this.cut = from.cut;
    this.hostAdapters = from.hostAdapters;
    this.hostDomains = from.hostDomains;
    this.running = from.running;
    this.pending = from.pending;
    this.scanning = from.scanning;
    this.addedAdapters = from.addedAdapters;
    this.addedDomains = from.addedDomains;
    for (let g = 0; g < this.mdevs.length; g++) this.mdevs[g]!.copy(from.mdevs[g]!);
  }
}
