// The product's own model for the explorer: the real core with its events and properties. Opened from plain data, so that every worker
// can open it for itself. Two kernels against each other: against.ts.
import type { Model, Path, Shown, Successors } from "../model.ts";
import { PropertyThrew } from "../model.ts";
import { type CheckProperty, type EventProperty, PROPERTIES, type StateProperty } from "../properties.ts";
import { canonicalOf } from "../symmetry.ts";
import { againstModel } from "./against.ts";
import { Core } from "./core.ts";
import { scriptOf, traceOf } from "./tell.ts";
import { type CoreOptions, type Universe, universeOf, type WrongOption } from "./universe.ts";
import { shownState } from "./variables-shown.ts";

/** A bit each in a number. */
const MAX_PROPERTIES = 31;

/**
 * @param more properties of the user's own, from a file
 * @returns the model, or what is wrong with the options
 */
export function coreModel(options: CoreOptions, more: readonly CheckProperty[] = []): Model | WrongOption {
  const universe = universeOf(options);
  if ("error" in universe) return universe;
  if (universe.against) return againstModel(universe, universe.against, options.properties);
  const chosen = choose(options, more);
  if ("error" in chosen) return chosen;
  const pointers = chosen.some(({ needsPointers }) => needsPointers);
  return new CoreModel({ ...universe, pointers }, chosen);
}

/** The usual ones and all of the user's own, or those that are named. */
function choose(
  { properties: names }: CoreOptions,
  more: readonly CheckProperty[],
): readonly CheckProperty[] | WrongOption {
  const all = [...PROPERTIES, ...more];
  const twice = all.find(({ name }, n) => all.findIndex((other) => other.name === name) !== n);
  if (twice) return { error: `there are two properties "${twice.name}"` };
  const unknown = names?.find((name) => !all.some((property) => property.name === name));
  if (unknown !== undefined) {
    return { error: `--property: there is none "${unknown}"; known: ${all.map(({ name }) => name).join(", ")}` };
  }
  const chosen = names
    ? all.filter(({ name }) => names.includes(name))
    : all.filter((property) => property.usual || more.includes(property));
  return chosen.length > MAX_PROPERTIES ? { error: `at most ${MAX_PROPERTIES} properties at a time` } : chosen;
}

interface Asked {
  readonly property: EventProperty;
  readonly bit: number;
}

class CoreModel implements Model {
  readonly name: string;
  readonly words: number;
  readonly events: number;
  readonly properties: readonly CheckProperty[];
  readonly canonical?: (states: Int32Array, at: number) => void;
  readonly #universe: Universe;
  readonly #core: Core;
  readonly #onState: readonly { readonly property: StateProperty; readonly bit: number }[];
  /** By number of the event. */
  readonly #onEvent: readonly (readonly Asked[])[];

  constructor(universe: Universe, properties: readonly CheckProperty[]) {
    this.#universe = universe;
    const core = new Core(universe, universe.profile);
    this.#core = core;
    this.name = universe.profile.name;
    this.words = core.words;
    this.events = core.events.length;
    this.properties = properties;
    const canonical = universe.symmetry
      ? canonicalOf(new Map(core.packing.atoms.entries()), core.words, universe)
      : undefined;
    if (canonical) this.canonical = canonical;
    const withBits = properties.map((property, n) => ({ property, bit: 2 ** n }));
    this.#onState = withBits.filter((p): p is { property: StateProperty; bit: number } => p.property.on === "state");
    const onEvent = withBits.filter((p): p is { property: EventProperty; bit: number } => p.property.on === "event");
    this.#onEvent = core.events.map((event) => onEvent.filter(({ property }) => !property.skips?.(event)));
  }

  initial(states: Int32Array, at: number): void {
    this.#core.initial(states, at);
  }

  expand(states: Int32Array, at: number, successors: Successors): void {
    const core = this.#core;
    core.load(states, at);
    for (let event = 0; event < this.events; event++) {
      if (!core.happen(event)) continue;
      const n = successors.count++;
      successors.events[n] = event;
      successors.violations[n] = this.#eventMask(event);
      core.store(successors.states, n * this.words);
    }
  }

  #eventMask(event: number): number {
    const { step } = this.#core;
    let mask = 0;
    const asked = this.#onEvent[event]!;
    for (let n = 0; n < asked.length; n++) {
      const { property, bit } = asked[n]!;
      try {
        if (property.holds(step) !== (property.kind === "always")) mask += bit;
      } catch (cause) {
        throw new PropertyThrew(property.name, cause, event);
      }
    }
    return mask;
  }

  violations(states: Int32Array, at: number): number {
    this.#core.look(states, at);
    const moment = this.#core.step;
    let mask = 0;
    for (const { property, bit } of this.#onState) {
      try {
        if (property.holds(moment) !== (property.kind === "always")) mask += bit;
      } catch (cause) {
        throw new PropertyThrew(property.name, cause);
      }
    }
    return mask;
  }

  eventText(event: number): string {
    return (this.#core.events[event]?.lines ?? []).join("; ");
  }

  variables(states: Int32Array, at: number): Readonly<Record<string, Shown>> {
    this.#core.load(states, at);
    return shownState(this.#core);
  }

  traceLines(path: Path): readonly string[] {
    return traceOf(this.#universe, this.#linesOf(path));
  }

  scriptLines(path: Path): readonly string[] {
    return scriptOf(this.#universe, this.#linesOf(path));
  }

  #linesOf({ events }: Path): readonly (readonly string[])[] {
    return events.map((event) => this.#core.events[event]?.lines ?? []);
  }
}
