// The trace to a state that was found: backwards from parent to parent, then forwards through the model, because under symmetry
// the kept states stand for others, and with fingerprints the states are not known.
import { type EventPath, type Model, Successors } from "../model.ts";
import { slotHash, tagHash } from "./hash.ts";
import type { PropertyFinding } from "./part.ts";
import type { Manner, StateMemory } from "./state-memory.ts";

/** Keys of the states from the initial one to this one. */
function keysTo({ keys, keyWords, parents }: StateMemory, state: number): Int32Array[] {
  const chain: Int32Array[] = [];
  for (let place = state; ; place = parents[place]!) {
    chain.push(keys.slice(place * keyWords, (place + 1) * keyWords));
    if (parents[place] === place) return chain.reverse();
  }
}

/** The key under which a state is kept. */
function keyOf(model: Model, manner: Manner, state: Int32Array): Int32Array {
  const key = state.slice();
  if (manner.symmetry) model.canonical?.(key, 0);
  if (!manner.fingerprint) return key;
  return Int32Array.of(slotHash(key, 0, model.words), tagHash(key, 0, model.words));
}

const isEqual = (a: Int32Array, b: Int32Array): boolean => a.every((word, i) => word === b[i]);

/**
 * A shortest path to a place, with real states from the initial one.
 *
 * @param property number of the property that the last event breaks, for a place with an event
 */
export function pathTo(
  model: Model,
  manner: Manner,
  memory: StateMemory,
  place: PropertyFinding,
  property: number,
): EventPath {
  const { words } = model;
  const chain = keysTo(memory, place.state);
  const successors = new Successors(words, model.events);
  const first = new Int32Array(words);
  model.initial(first, 0);
  const states = [first];
  const events: number[] = [];
  const goOn = (isWanted: (i: number) => boolean): void => {
    successors.count = 0;
    model.expand(states.at(-1)!, 0, successors);
    for (let i = 0; i < successors.count; i++) {
      if (!isWanted(i)) continue;
      events.push(successors.events[i]!);
      states.push(successors.states.slice(i * words, (i + 1) * words));
      return;
    }
    throw new Error(`no event leads to state ${states.length} of a trace`);
  };
  for (const key of chain.slice(1)) {
    goOn((i) => isEqual(keyOf(model, manner, successors.states.slice(i * words, (i + 1) * words)), key));
  }
  if (place.event !== undefined) {
    // Under symmetry the event can have another number here; any event that does the same to the property will do.
    const breaks = (i: number) => ((successors.violations[i]! >> property) & 1) === 1;
    goOn((i) => breaks(i) && (manner.symmetry || successors.events[i] === place.event));
  }
  const all = new Int32Array(states.length * words);
  for (const [n, state] of states.entries()) all.set(state, n * words);
  return { events, states: all };
}
