// The reference model's expand, made for one universe.
import { Successors } from "../model.ts";
import { expandSource, type Parts } from "./expand-source.ts";

export type Expand = (states: Int32Array, at: number, successors: Successors) => void;

type Make = (product: Int32Array, adaptersOf: Int32Array, domainsOf: Int32Array) => Expand;

export function expanderOf(parts: Parts): Expand {
  const { product, adaptersOf, domainsOf } = parts.tables;
  const make = new Function("product", "adaptersOf", "domainsOf", expandSource(parts)) as Make;
  const expand = make(product, adaptersOf, domainsOf);
  showAllEvents(expand, parts);
  return expand;
}

/** How many states the function is shown, and how long a walk is. */
const SHOWN = 6000;
const WALK = 12;

/**
 * The JavaScript engine compiles for what it has seen, and compiles again whenever an event comes for the first time, which took as
 * long as exploring two million states. So it is shown all events before: on walks from words at random, where every bit is some
 * field, whether that is a state or not.
 */
function showAllEvents(expand: Expand, { layout, numbers }: Parts): void {
  const { words } = layout;
  const state = new Int32Array(words);
  const successors = new Successors(words, numbers.end);
  let seed = 1;
  const next = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    // The low bits of such a row are no good.
    return Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d);
  };
  for (let n = 0; n < SHOWN; n++) {
    const goesOn = n % WALK !== 0 && successors.count > 0;
    const chosen = goesOn ? (next() >>> 8) % successors.count : 0;
    for (let w = 0; w < words; w++) state[w] = goesOn ? successors.states[chosen * words + w]! : next();
    successors.count = 0;
    expand(state, 0, successors);
  }
}
