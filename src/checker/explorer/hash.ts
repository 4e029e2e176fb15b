// Hashes of packed states: one for slots, and a second that is independent of it for tags and fingerprints.

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** Spreads every bit over all. */
function finish(hash: number): number {
  const a = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return b ^ (b >>> 16);
}

/** Two independent hashes of a state of any size, to `into[to]` and `into[to + 1]`. */
export function hashWords(states: Int32Array, at: number, words: number, into: Int32Array, to: number): void {
  let a = 0x3c6ef372;
  let b = 0x1b873593;
  for (let i = at; i < at + words; i++) {
    const word = states[i]!;
    a = Math.imul(rotate(a ^ Math.imul(word, 0xcc9e2d51), 15), 5) + 0xe6546b64;
    b = Math.imul(rotate(b + Math.imul(word ^ (word >>> 16), 0x2c1b3c6d), 13), 9) + 0x38495ab5;
  }
  into[to] = finish(a ^ words);
  into[to + 1] = finish(b ^ rotate(a, 7));
}
