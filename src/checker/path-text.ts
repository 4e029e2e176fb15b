// A trace for people: numbered events, and below each only what it changed.
import type { EventPath, Model, ShownValue } from "./model.ts";

export const isList = (value: ShownValue): value is readonly ShownValue[] => Array.isArray(value);

export const isRecord = (value: ShownValue): value is { readonly [name: string]: ShownValue } =>
  typeof value === "object" && !isList(value);

function shownText(value: ShownValue): string {
  if (isList(value)) return value.length === 0 ? "none" : value.map(shownText).join(" ");
  if (isRecord(value)) {
    return Object.entries(value)
      .map(([name, part]) => `${name} ${shownText(part)}`)
      .join(", ");
  }
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

/** "+00.0001 -01.0000" for a list, "no -> yes" for anything else; undefined if nothing changed. */
function changeText(before: ShownValue, after: ShownValue): string | undefined {
  if (isList(before) && isList(after)) {
    const [old, now] = [before.map(shownText), after.map(shownText)];
    const parts = [
      ...now.filter((text) => !old.includes(text)).map((text) => `+${text}`),
      ...old.filter((text) => !now.includes(text)).map((text) => `-${text}`),
    ];
    if (parts.length > 0) return parts.join(" ");
  }
  const [old, now] = [shownText(before), shownText(after)];
  return old === now ? undefined : `${old} -> ${now}`;
}

/** Parts of records as variables of their own: "m1 matrix adapters". */
function leaves(variables: Readonly<Record<string, ShownValue>>, prefix = ""): [string, ShownValue][] {
  return Object.entries(variables).flatMap(([name, value]): [string, ShownValue][] =>
    isRecord(value) ? leaves(value, `${prefix}${name} `) : [[`${prefix}${name}`, value]],
  );
}

/** Lines for every event; the initial state has none, because it is always the model's. */
export function pathLines(model: Model, { events, states }: EventPath): readonly string[] {
  const variablesAt = (n: number) => new Map(leaves(model.variables(states, n * model.words)));
  let before = variablesAt(0);
  return events.flatMap((event, n) => {
    const after = variablesAt(n + 1);
    const changes = [...after].flatMap(([name, value]) => {
      const text = changeText(before.get(name) ?? "", value);
      return text === undefined ? [] : [`       ${name}: ${text}`];
    });
    before = after;
    return [`${String(n + 1).padStart(5)}  ${model.eventText(event)}`, ...changes];
  });
}
