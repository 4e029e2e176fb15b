// Two kernels side by side: the same events happen to both, and the explorer looks for the shortest way to a difference that a guest sees.
import { matricesEqual } from "../../system/ap/matrix.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import type { Model, ModelProperty, ShownValue, Successors } from "../model.ts";
import { Core } from "./core.ts";
import { tellerOf } from "./tell.ts";
import type { Universe, WrongOption } from "./universe.ts";
import { shownState } from "./variables-shown.ts";

const PROPERTIES: readonly ModelProperty[] = [
  { name: "same-masks", sentence: "guests have the same masks under both kernels", kind: "always", on: "state" },
  { name: "same-queues", sentence: "guests have the same queues under both kernels", kind: "always", on: "state" },
];

/** An event that one kernel refuses changes only the other. */
export function againstModel(
  universe: Universe,
  against: Profile,
  names: readonly string[] | undefined,
): Model | WrongOption {
  const unknown = names?.find((name) => !PROPERTIES.some((property) => property.name === name));
  if (unknown !== undefined) {
    const known = PROPERTIES.map(({ name }) => name).join(", ");
    return { error: `--property: with --against there is none "${unknown}"; known: ${known}` };
  }
  const properties = PROPERTIES.filter(({ name }) => !names || names.includes(name));
  const tests = properties.map(({ name }) => (name === "same-masks" ? sameMasks : sameQueues));
  const one = new Core(universe, universe.profile);
  const other = new Core({ ...universe, profile: against }, against);
  const words = one.words + other.words;
  const everything = 2 ** tests.length - 1;
  /** What differs for guests in the loaded state, a bit for each property. */
  const differences = (): number => {
    const others = other.step.state.mdevs;
    let mask = 0;
    for (const [n, isSame] of tests.entries()) {
      if (!one.step.state.mdevs.every((mdev, g) => isSame(mdev, others[g]!))) mask += 2 ** n;
    }
    return mask;
  };
  const load = (states: Int32Array, at: number): void => {
    one.load(states, at);
    other.load(states, at + one.words);
  };

  return {
    name: `${universe.profile.name} against ${against.name}`,
    words,
    properties,
    ...tellerOf(universe, one.events),
    initial(states, at) {
      one.initial(states, at);
      other.initial(states, at + one.words);
    },
    expand(states: Int32Array, at: number, successors: Successors) {
      load(states, at);
      // Only the first difference is looked for, not what follows from it.
      if (differences() === everything) return;
      for (let event = 0; event < one.events.length; event++) {
        const first = one.happen(event);
        const second = other.happen(event);
        if (!first && !second) continue;
        const n = successors.count++;
        const to = n * words;
        successors.events[n] = event;
        successors.violations[n] = 0;
        if (first) one.store(successors.states, to);
        else copyWords(states, at, successors.states, to, one.words);
        if (second) other.store(successors.states, to + one.words);
        else copyWords(states, at + one.words, successors.states, to + one.words, other.words);
      }
    },
    violations(states, at) {
      load(states, at);
      return differences();
    },
    variables(states, at): Readonly<Record<string, ShownValue>> {
      load(states, at);
      return { [universe.profile.name]: { ...shownState(one) }, [against.name]: { ...shownState(other) } };
    },
  };
}

const sameMasks = ({ guestMasks: a }: Mdev, { guestMasks: b }: Mdev): boolean => matricesEqual(a, b);

/** Adapters without domains, and domains without adapters, are not queues. */
function sameQueues({ guestMasks: a }: Mdev, { guestMasks: b }: Mdev): boolean {
  const [aHas, bHas] = [a, b].map(({ apm, aqm }) => !apm.isEmpty() && !aqm.isEmpty());
  return aHas === bHas && (!aHas || (a.apm.equals(b.apm) && a.aqm.equals(b.aqm)));
}

function copyWords(from: Int32Array, at: number, to: Int32Array, toAt: number, count: number): void {
  for (let w = 0; w < count; w++) to[toAt + w] = from[at + w]!;
}
