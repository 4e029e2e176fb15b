// What is kept of the queues of a machine with secure binding, for a host that is a Secure Execution guest. A host that is none keeps only
// what guests of it have bound; other machines have no room for it. secure-binding.ts has the rules.
import type { Apqn } from "../ap/apqn.ts";
import { type Layout, SECURE_FIELDS } from "./layout.ts";
import { QueueField } from "./rows.ts";

export class SecureQueues {
  /** The machine: 1: this guest, or one above it, has bound the queue. */
  readonly bound: QueueField;
  /** Number of the secret that it is associated with + 1, 0 none. */
  readonly index: QueueField;
  /** 1: that association is under way. */
  readonly pending: QueueField;
  /** Response code of an association that failed, which the queue answers until it is reset; 0 none. */
  readonly failure: QueueField;
  /** What binding and associating are to answer: 0 no fault, 0x100 | code. */
  readonly bindFault: QueueField;
  readonly associateFault: QueueField;
  /** The bus: number of the secret that it has asked for for last + 1; 0: it knows none. */
  readonly known: QueueField;
  /** 1: it waits for an association to be through. */
  readonly waits: QueueField;

  constructor(words: Uint32Array, layout: Layout) {
    const field = (name: keyof typeof SECURE_FIELDS) => {
      const [word, shift, count] = SECURE_FIELDS[name];
      const at = layout.secureWords + word * layout.adapters * layout.domains;
      return new QueueField(words, at, layout.domains, shift, count);
    };
    this.bound = field("bound");
    this.index = field("index");
    this.pending = field("pending");
    this.failure = field("failure");
    this.bindFault = field("bindFault");
    this.associateFault = field("associateFault");
    this.known = field("known");
    this.waits = field("waits");
  }
  /** A reset of the queue, whoever makes it. Faults stay, and the bus does not notice. */
  reset(apqn: Apqn): void {
    this.bound.set(apqn, 0);
    this.index.set(apqn, 0);
    this.pending.set(apqn, 0);
    this.failure.set(apqn, 0);
  }
}
