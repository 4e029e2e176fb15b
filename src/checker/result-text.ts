// The result of an exploration, for people and as JSON.
import type { Stop } from "./explorer/crew.ts";
import type { ExploreResult, PropertyResult } from "./explorer/explore-result.ts";
import type { Model } from "./model.ts";
import { pathLines } from "./path-text.ts";

/** The sentence is false: an "always" is broken, or nothing shows a "sometimes" although everything was seen. */
export const isWrong = ({ property, violations }: PropertyResult, stopped: Stop | undefined): boolean =>
  property.kind === "always" ? violations > 0 : violations === 0 && stopped === undefined;

const WHY: Readonly<Record<Stop, string>> = {
  depth: "the depth that was asked for is reached",
  states: "the number of states that was asked for is reached",
  memory:
    "the memory is full (--memory takes more, --fingerprint and --symmetry need less; 322 million states is the most)",
  interrupted: "interrupted",
  found: "something was found",
  threw: "a property threw",
};

export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** One line about an exploration that did not see everything. */
export function stopLine(stopped: Stop, { states, transitions, depth, threw }: ExploreResult, model: Model): string {
  const why = threw ? threwText(threw, model) : WHY[stopped];
  return `${why}; so far ${grouped(states)} states, ${grouped(transitions)} transitions, depth ${depth}`;
}

function threwText({ message, path, event }: NonNullable<ExploreResult["threw"]>, model: Model): string {
  const events = [...path.events, ...(event === undefined ? [] : [event])].map((number) => model.eventText(number));
  return `${message} (after: ${events.length === 0 ? "nothing" : events.join(", ")})`;
}

/** The numbers of a result by the properties' names. */
export function resultJson(result: ExploreResult): object {
  const { states, transitions, depth, stopped, missProbability, properties, threw } = result;
  return {
    states,
    transitions,
    depth,
    ...(stopped === undefined ? {} : { stopped }),
    ...(threw === undefined ? {} : { threw: { property: threw.property, message: threw.message } }),
    ...(missProbability === undefined ? {} : { missProbability }),
    properties: Object.fromEntries(
      properties.map(({ property, violations, shortest }) => [property.name, { violations, shortest }]),
    ),
  };
}

function verdict({ property, violations, shortest }: PropertyResult, stopped: Stop | undefined): string {
  const what = property.on === "state" ? "states" : "events";
  const where = `${grouped(violations)} ${what}, the first after ${shortest} events`;
  if (property.kind === "always") {
    if (violations > 0) return `broken (${where})`;
    return stopped === undefined ? "holds" : "holds so far";
  }
  if (violations > 0) return `it happens (${where})`;
  return stopped === undefined ? "it never happens" : "not seen so far";
}

export function resultLines(model: Model, result: ExploreResult, seconds: number): readonly string[] {
  const { states, transitions, depth, stopped, missProbability, bytes, properties } = result;
  const size = `${grouped(states)} states, ${grouped(transitions)} transitions, depth ${depth}`;
  const all = stopped === undefined ? "everything was seen" : "not everything was seen";
  const used = `${seconds.toFixed(1)} s, ${grouped(states / Math.max(seconds, 0.001))} states/s, ${grouped(bytes / 2 ** 20)} MiB`;
  const miss =
    missProbability === undefined ? [] : [`probability of a state missed: ${missProbability.toExponential(1)}`];
  const blocks = properties.flatMap((found) => {
    const { property, path } = found;
    const head = `${property.name}: ${property.sentence}: ${verdict(found, stopped)}`;
    return path === undefined ? [head] : [head, ...pathLines(model, path)];
  });
  return [`model ${model.name}: ${size}; ${all} (${used})`, ...miss, ...blocks];
}
