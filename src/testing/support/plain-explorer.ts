// The explorer in its simplest form: one map from states to their parents, no tables, no workers. Tests compare the fast one with it.

import { type EventPath, type Model, Successors } from "../../checker/model.ts";
import { must } from "../../system/ap/assert.ts";

export interface PropertyCount {
  violations: number;
  /** Number of events in the shortest trace to one. */
  shortest: number | null;
}

export interface PlainResult {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly properties: ReadonlyMap<string, PropertyCount>;
  /** The shortest path to the first violation of a property. */
  pathTo(property: string): EventPath | undefined;
}

interface Found {
  /** The state, or the one before the event. */
  readonly state: string;
  readonly event: number | undefined;
}

interface Step {
  readonly parent: string | undefined;
  readonly event: number;
}

/** Explores all of a small model; with symmetry, one state for all that differ only in names. */
export function explorePlainly(model: Model, symmetry = false): PlainResult {
  const { words } = model;
  const known = new Map<string, Step>();
  const counts = model.properties.map((): PropertyCount => ({ violations: 0, shortest: null }));
  const found: (Found | undefined)[] = model.properties.map(() => undefined);
  const successors = new Successors(words, model.events);
  let transitions = 0;
  let depth = 0;

  const count = (mask: number, length: number, where: Found): void => {
    for (const [n, property] of counts.entries()) {
      if (Math.floor(mask / 2 ** n) % 2 === 0) continue;
      property.violations++;
      property.shortest ??= length;
      found[n] ??= where;
    }
  };
  const add = (state: Int32Array, length: number, step: Step): string | undefined => {
    if (symmetry) model.canonical?.(state, 0);
    const key = state.join();
    if (known.has(key)) return undefined;
    known.set(key, step);
    count(model.violations(state, 0), length, { state: key, event: undefined });
    return key;
  };

  const first = new Int32Array(words);
  model.initial(first, 0);
  let level = [must(add(first, 0, { parent: undefined, event: -1 }))];
  for (let length = 1; level.length > 0; length++) {
    const next: string[] = [];
    for (const parent of level) {
      successors.count = 0;
      model.expand(Int32Array.from(parent.split(","), Number), 0, successors);
      transitions += successors.count;
      for (let i = 0; i < successors.count; i++) {
        const event = successors.events[i]!;
        const mask = successors.violations[i]!;
        if (mask !== 0) count(mask, length, { state: parent, event });
        const key = add(successors.states.slice(i * words, (i + 1) * words), length, { parent, event });
        if (key !== undefined) next.push(key);
      }
    }
    if (next.length > 0) depth = length;
    level = next;
  }

  const pathTo = (name: string): EventPath | undefined => {
    const end = found[model.properties.findIndex((property) => property.name === name)];
    if (end === undefined) return undefined;
    const chain: string[] = [];
    const events: number[] = end.event === undefined ? [] : [end.event];
    for (let key: string | undefined = end.state; key !== undefined; ) {
      const { parent, event }: Step = must(known.get(key));
      chain.unshift(key);
      if (parent !== undefined) events.unshift(event);
      key = parent;
    }
    if (end.event !== undefined) {
      successors.count = 0;
      model.expand(Int32Array.from(must(chain.at(-1)).split(","), Number), 0, successors);
      const last = successors.events.indexOf(end.event);
      chain.push(successors.states.slice(last * words, (last + 1) * words).join());
    }
    return { events, states: Int32Array.from(chain.join().split(","), Number) };
  };
  const properties = new Map(model.properties.map(({ name }, n) => [name, counts[n]!]));
  return { states: known.size, transitions, depth, properties, pathTo };
}
