// Hashes of packed states: one for slots, a second that is independent of it for tags and fingerprints, a third for who owns a state.

/** The hash of a state of two words. */
export const hashPair = (low: number, high: number): number => {
  const mixed = Math.imul(low, 0x9e3779b1) + Math.imul(high, 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d);
};

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** Spreads every bit over all. */
function finish(hash: number): number {
  const a = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return b ^ (b >>> 16);
}

/** Two independent hashes of a state of any size, to `into[at]` and `into[at + 1]`. */
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

const pair = new Int32Array(2);

/** Whose a hash is. It is mixed once more than for slots: otherwise a worker would use a part of its table only. */
const shareOf = (hash: number, workers: number): number =>
  (Math.imul(hash ^ (hash >>> 16), 0x2545f491) >>> 12) % workers;

/**
 * Which of several workers keeps a state of two words. Only the second word counts: events that change the first alone, about half of
 * them, lead to states of the same worker.
 */
export const ownerOfPair = (high: number, workers: number): number => shareOf(Math.imul(high, 0x9e3779b1), workers);

/** Which of several workers keeps a state. */
export function ownerOf(states: Int32Array, at: number, words: number, workers: number): number {
  if (words === 2) return ownerOfPair(states[at + 1]!, workers);
  hashWords(states, at, words, pair, 0);
  return shareOf(pair[0]!, workers);
}
