// What takes most of an exploration, as source that becomes WebAssembly: looking states up in open addressing, two words a slot, and
// adding those that are new. Whoever turns a slot's first word from zero into its state's has claimed the slot, and writes the second
// word after it.
import { PAIR_HASH } from "./hash.ts";

/** `const hash = ` hashPair of these two words. */
export const hashSource = (low: string, high: string): string =>
  `const mixed = Math.imul(${low}, ${PAIR_HASH.low}) + Math.imul(${high}, ${PAIR_HASH.high});
    const hash = Math.imul(mixed ^ (mixed >>> ${PAIR_HASH.shift}), ${PAIR_HASH.all});`;

/**
 * Where to look next: at the other seven slots of the cache's line, which is there already, and only then in the next line, which is
 * not. A line is 16 words, and `start` the place in it where the look-up began.
 */
const GO_ON = `
      slot = slot & -16 | slot + 2 & 15;
      if (slot === start) {
        start = start + 16 & last;
        slot = start;
      }`;

/** Claims the empty slot; whoever comes too late looks at the same slot again. Alone there is nobody to be late for. */
const claim = (workers: number): string =>
  workers === 1 ? "slots[slot] = low;" : "if (Atomics.compareExchange(slots, slot, 0, low) !== 0) continue;";

/** States whose slots are read together. */
const SOME = 512;

/**
 * add(from, to, place, bits) of a batch, and refill(from, to, bits) of the log. Slots are read before anything is asked of them:
 * misses of the cache overlap where nothing depends on what is read, the more of them the less there is to do between two.
 */
export const pairSource = (workers: number): string => `
function add(from, to, place, bits) {
  const shift = 32 - bits, last = (2 << bits) - 2;
  let read = 0;
  for (let i = from; i < to; i++) read ^= slots[hashes[i] >>> shift << 1];
  touched[0] = read;
  let end = place;
  for (let i = from; i < to; i++) {
    const low = states[i << 1], high = states[(i << 1) + 1];
    let start = hashes[i] >>> shift << 1, slot = start;
    for (;;) {
      const inLow = slots[slot], inHigh = slots[slot + 1];
      if (inLow === low && inHigh === high) break;
      if (inLow === 0) {
        ${claim(workers)}
        slots[slot + 1] = high;
        keys[end << 1] = low;
        keys[(end << 1) + 1] = high;
        keyParents[end] = parents[i];
        end++;
        break;
      }
      if (inHigh === 0) {
        while (Atomics.load(slots, slot + 1) === 0) {}
        continue;
      }${GO_ON}
    }
  }
  return end;
}
function refill(from, to, bits) {
  const shift = 32 - bits, last = (2 << bits) - 2;
  for (let some = from; some < to; some += ${SOME}) {
    const end = to - some < ${SOME} ? to : some + ${SOME};
    let read = 0;
    for (let n = some; n < end; n++) {
      ${hashSource("keys[n << 1]", "keys[(n << 1) + 1]")}
      read ^= slots[hash >>> shift << 1];
    }
    touched[0] = read;
    for (let n = some; n < end; n++) {
      const low = keys[n << 1], high = keys[(n << 1) + 1];
      if (low !== 0) {
        ${hashSource("low", "high")}
        let start = hash >>> shift << 1, slot = start;
        for (;;) {
          if (slots[slot] === 0) {
            ${claim(workers)}
            slots[slot + 1] = high;
            break;
          }${GO_ON}
        }
      }
    }
  }
}`;
