// Numbers of mdevs that never change in a history: 1 for the first that was seen, and so on.

import { must } from "../../system/ap/assert.ts";
import type { Happening } from "../../system/machine/happening.ts";
import type { HostState } from "../../system/machine/host-state.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";

export class MdevNumbers {
  readonly #numbers: Map<string, number>;

  constructor(numbers: Iterable<readonly [string, number]> = []) {
    this.#numbers = new Map(numbers);
  }

  of(uuid: string): number {
    const known = this.#numbers.get(uuid);
    if (known !== undefined) return known;
    this.#numbers.set(uuid, this.#numbers.size + 1);
    return this.#numbers.size;
  }

  /** Give numbers to the mdevs that have just been created on a host. */
  meet(heard: readonly Happening[], { mdevs }: HostState): void {
    for (const one of heard) if (one.kind === "mdev-created") this.of(mdevName(must(mdevs[one.mdev])));
  }

  /** Give numbers to all mdevs of a host that was found: their age is not known, so they are sorted by UUID. */
  meetByName(state: HostState): void {
    for (const uuid of state.listedMdevs().map(mdevName).sort()) this.of(uuid);
  }

  /** UUIDs in the order of their numbers. */
  uuids(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  copy(): MdevNumbers {
    return new MdevNumbers(this.#numbers);
  }
}
