// A set of numbers that is often kept to come back to and seldom grows: it is copied only where a number comes to one that was kept.
export class KeptSet {
  #keys = new Set<number>();
  #isKept = false;

  get keys(): ReadonlySet<number> {
    return this.#keys;
  }

  /** Whether it was not there. */
  add(key: number): boolean {
    if (this.#keys.has(key)) return false;
    if (this.#isKept) {
      this.#keys = new Set(this.#keys);
      this.#isKept = false;
    }
    this.#keys.add(key);
    return true;
  }

  /** As it is now, for good. */
  keep(): ReadonlySet<number> {
    this.#isKept = true;
    return this.#keys;
  }

  /** As it was kept. */
  putBack(kept: ReadonlySet<number>): void {
    this.#keys = kept as Set<number>;
    this.#isKept = true;
  }
}
