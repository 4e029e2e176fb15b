// A trace in the Informal Trace Format (Apalache's ADR-015), which trace viewers and model-based testing tools read.
import type { EventPath, Model, ShownValue } from "./model.ts";
import { isList, isRecord } from "./path-text.ts";

type ItfValue =
  | string
  | number
  | boolean
  | { readonly "#set": readonly ItfValue[] }
  | { readonly [name: string]: ItfValue };

interface Itf {
  readonly "#meta": { readonly [name: string]: string };
  readonly vars: readonly string[];
  readonly states: readonly { readonly [name: string]: ItfValue }[];
}

/** The name of a variable as tools for that format need it. */
const identifier = (name: string): string => name.replace(/\W+/g, "_");

function itfValue(value: ShownValue): ItfValue {
  if (isList(value)) return { "#set": value.map(itfValue) };
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [identifier(name), itfValue(part)]));
}

/** The event that led to a state is a variable of it. */
const EVENT = "event";

/** @param sentence what the trace shows */
export function pathItf(model: Model, { events, states }: EventPath, sentence: string): Itf {
  const all = Array.from({ length: events.length + 1 }, (_, index) => {
    const variables = Object.entries(model.variables(states, index * model.words));
    const event = index === 0 ? "init" : model.eventText(events[index - 1]!);
    return {
      "#meta": { index },
      [EVENT]: event,
      ...Object.fromEntries(variables.map(([name, value]) => [identifier(name), itfValue(value)])),
    };
  });
  return {
    "#meta": { format: "ITF", source: `apmatrix check, model ${model.name}`, description: sentence },
    vars: Object.keys(all[0]!).filter((name) => name !== "#meta"),
    states: all,
  };
}
