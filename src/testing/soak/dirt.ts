// Which guest may have left data in a queue since it was last zeroized: no queue may reach a second guest before the next time.
// This needs history, which a host does not keep, so it is kept here, from events and from the masks after each step.

import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { queuesOf } from "../../system/ap/product.ts";
import { RC } from "../../system/ap/response-code.ts";
import type { Happening } from "../../system/machine/happening.ts";
import { testQueue } from "../../system/machine/hardware.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

export class Dirt {
  /** Guest + 1 by queue, 0: clean. */
  readonly #guestOf = new Uint32Array(65536);
  /** Queues that a reset did not clean because the machine refused it: a fault of the machine, not of the driver. */
  readonly #refused = new Set<Apqn>();

  hear(happening: Happening): void {
    if (happening.kind !== "queue-reset") return;
    if (happening.rc === RC.normal) {
      this.#guestOf[happening.apqn] = 0;
      this.#refused.delete(happening.apqn);
    } else if (this.#guestOf[happening.apqn] !== 0) {
      this.#refused.add(happening.apqn);
    }
  }

  /**
   * What a queue held is lost when it leaves the machine, or its card is deconfigured or check-stops. Then every running guest
   * uses what it has.
   *
   * @returns a queue that a guest has while another one's data may be in it; undefined if there is none
   */
  step(host: Host): string | undefined {
    const { state } = host;
    for (let adapter = 0; adapter < state.layout.adapters; adapter++) {
      for (let domain = 0; domain < state.layout.domains; domain++) {
        const apqn = apqnOf(asApid(adapter), asApqi(domain));
        if (this.#guestOf[apqn] !== 0 && testQueue(state, apqn) !== RC.normal) this.#guestOf[apqn] = 0;
      }
    }
    let shared: string | undefined;
    for (let n = 0; n < state.mdevCount; n++) {
      const { guest, guestMasks } = state.mdevAt(n);
      if (guest === undefined) continue;
      for (const apqn of queuesOf(guestMasks)) shared ??= this.#use(host, apqn, guest);
    }
    return shared;
  }

  #use(host: Host, apqn: Apqn, guest: number): string | undefined {
    if (testQueue(host.state, apqn) !== RC.normal) return undefined;
    const before = must(this.#guestOf[apqn]);
    this.#guestOf[apqn] = guest + 1;
    if (before === 0 || before === guest + 1 || this.#refused.has(apqn)) return undefined;
    return formatApqn(apqnOf(apidOf(apqn), apqiOf(apqn)));
  }
}
