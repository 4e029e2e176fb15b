// The model of the real core for the explorer, with its events and properties. It is opened from plain data, so that every worker
// can open its own. Two kernels against each other: against.ts.
import { type Model, PropertyThrew, type Successors } from "../model.ts";
import { type CheckProperty, PROPERTIES, type Step } from "../properties.ts";
import { canonicalOf } from "../symmetry.ts";
import { againstModel } from "./against.ts";
import { Core } from "./core.ts";
import { tellerOf } from "./tell.ts";
import { type CoreOptions, type Universe, universeOf, type WrongOption } from "./universe.ts";
import { shownState } from "./variables-shown.ts";

/** Each takes a bit of a number. */
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
  return modelOf({ ...universe, pointers }, chosen);
}

/** The usual properties and all of the user's own, or those that are named. */
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

function modelOf(universe: Universe, properties: readonly CheckProperty[]): Model {
  const core = new Core(universe, universe.profile);
  const { words, events, step } = core;
  const canonical = universe.symmetry ? canonicalOf(new Map(core.packing.atoms.entries()), words, universe) : undefined;
  const asked = properties.map((property, n) => ({ property, bit: 2 ** n }));
  const onState = asked.flatMap(({ property, bit }) => (property.on === "state" ? [{ property, bit }] : []));
  const onEvent = asked.flatMap(({ property, bit }) => (property.on === "event" ? [{ property, bit }] : []));
  /** By number of the event. */
  const onEvents = events.map((event) => onEvent.filter(({ property }) => !property.skips?.(event)));
  /** Those that are broken or shown, as bits. */
  const maskOf = (tested: readonly Tested[], event?: number): number => {
    let mask = 0;
    for (let n = 0; n < tested.length; n++) {
      const { property, bit } = tested[n]!;
      try {
        if (property.holds(step) !== (property.kind === "always")) mask += bit;
      } catch (cause) {
        throw new PropertyThrew(property.name, cause, event);
      }
    }
    return mask;
  };
  return {
    name: universe.profile.name,
    words,
    properties,
    ...(canonical && { canonical }),
    ...tellerOf(universe, events),
    initial: (states, at) => core.initial(states, at),
    expand(states: Int32Array, at: number, successors: Successors) {
      core.load(states, at);
      for (let event = 0; event < events.length; event++) {
        if (!core.happen(event)) continue;
        const n = successors.count++;
        successors.events[n] = event;
        successors.violations[n] = maskOf(onEvents[event]!, event);
        core.store(successors.states, n * words);
      }
    },
    violations(states, at) {
      core.look(states, at);
      return maskOf(onState);
    },
    variables(states, at) {
      core.load(states, at);
      return shownState(core);
    },
  };
}

interface Tested {
  readonly property: Pick<CheckProperty, "name" | "kind"> & { readonly holds: (step: Step) => boolean };
  readonly bit: number;
}
