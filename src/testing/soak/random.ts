// Seeded random numbers for operations: the same seed gives the same run, on every machine.

export class Random {
  #state: number;

  /** @param seed 1..2^32-1 */
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** A whole number 0..n-1. */
  below(n: number): number {
    // xorshift32: short, and good enough to choose operations.
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s >>> 0;
    return this.#state % n;
  }

  /** True once in n times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
