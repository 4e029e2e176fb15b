// Hashes of packed states: two that do not depend on each other, so that together they are a fingerprint of 64 bits.

/** The hash whose first bits say where to look for a state. */
export function slotHash(states: Int32Array, at: number, words: number): number {
  let hash = 0x3c6ef372;
  for (let i = at; i < at + words; i++) {
    hash = Math.imul(hash ^ states[i]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0xc2b2ae3d);
}

/** The other one. */
export function tagHash(states: Int32Array, at: number, words: number): number {
  let hash = 0x1b873593;
  for (let i = at + words - 1; i >= at; i--) {
    hash = Math.imul(hash ^ states[i]!, 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return Math.imul(hash, 0x27d4eb2f);
}
