// A set of numbers that is often saved and restored, and seldom grows. It is copied only when a number is added to a saved one.
export class KeptSet {
  #keys = new Set<number>();
  #isKept = false;

  get keys(): ReadonlySet<number> {
    return this.#keys;
  }

  /** @returns whether the number is new */
  add(key: number): boolean {
    if (this.#keys.has(key)) return false;
    if (this.#isKept) {
      this.#keys = new Set(this.#keys);
      this.#isKept = false;
    }
    this.#keys.add(key);
    return true;
  }

  /** The set as it is now; it will not change. */
  keep(): ReadonlySet<number> {
    this.#isKept = true;
    return this.#keys;
  }

  /** The set is again as it was when it was kept. */
  putBack(kept: ReadonlySet<number>): void {
    this.#keys = kept as Set<number>;
    this.#isKept = true;
  }
}
