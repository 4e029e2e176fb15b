// The random numbers and the check sum of docs/workload-mix.md: 64-bit arithmetic in pairs of 32-bit words, because BigInt would
// cost more than what is measured.

/** 32 x 32 bits -> the upper 32 bits. */
function upperProduct(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const cross = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

const MULTIPLIER_HIGH = 0x2545f491;
const MULTIPLIER_LOW = 0x4f6cdd1d;

/** xorshift64*: same seed, same numbers. */
export class Random64 {
  #high: number;
  #low: number;

  /** @param seed 1..2^53 */
  constructor(seed: number) {
    this.#high = Math.floor(seed / 2 ** 32) >>> 0;
    this.#low = seed >>> 0;
  }

  /** The upper 31 bits of the next number, modulo n. */
  below(n: number): number {
    let high = this.#high;
    let low = this.#low;
    low ^= (low >>> 12) | (high << 20);
    high ^= high >>> 12;
    high ^= (high << 25) | (low >>> 7);
    low ^= low << 25;
    low ^= (low >>> 27) | (high << 5);
    high ^= high >>> 27;
    this.#high = high >>> 0;
    this.#low = low >>> 0;
    const product =
      (upperProduct(this.#low, MULTIPLIER_LOW) +
        Math.imul(this.#low, MULTIPLIER_HIGH) +
        Math.imul(this.#high, MULTIPLIER_LOW)) >>>
      0;
    return (product >>> 1) % n;
  }
}

/** 64-bit FNV-1a. */
export class Fnv64 {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  byte(value: number): void {
    const low = (this.#low ^ value) >>> 0;
    // The prime is 2^40 + 0x1b3.
    this.#high = (Math.imul(this.#high, 0x1b3) + upperProduct(low, 0x1b3) + (low << 8)) >>> 0;
    this.#low = Math.imul(low, 0x1b3) >>> 0;
  }

  /** Eight bytes, little endian, two's complement. */
  integer(value: number): void {
    this.word(value | 0);
    this.word(value < 0 ? -1 : 0);
  }

  /** Four bytes, little endian. */
  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 0xff);
  }

  hex(): string {
    return [this.#high, this.#low].map((word) => word.toString(16).padStart(8, "0")).join("");
  }
}
