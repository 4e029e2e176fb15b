// The result of an exploration, complete or stopped.
import type { EventPath, Model, ModelProperty } from "../model.ts";
import type { Stop } from "./crew.ts";
import { type Part, type PropertyTally, tallyOf } from "./part.ts";
import { pathTo } from "./path.ts";
import { bytesOf, type Manner, type StateMemory } from "./state-memory.ts";
import { missProbability } from "./table.ts";

/** Where to stop. */
export interface Bounds {
  /** Levels after the initial state. */
  readonly depth?: number;
  readonly states?: number;
  /** At the end of the level in which the first property is broken or shown. */
  readonly first?: boolean;
}

export interface PropertyResult {
  readonly property: ModelProperty;
  readonly violations: number;
  readonly shortest: number | null;
  /** To the first violation, or to the first place that shows a "sometimes". */
  readonly path: EventPath | undefined;
}

/** A property that threw: on the state at the end of the path, or on an event there. */
interface Threw {
  readonly property: string;
  readonly message: string;
  readonly path: EventPath;
  readonly event: number | undefined;
}

export interface ExploreResult {
  readonly states: number;
  readonly transitions: number;
  /** Levels after the initial state. */
  readonly depth: number;
  /** Undefined: everything was seen. */
  readonly stopped: Stop | undefined;
  readonly properties: readonly PropertyResult[];
  readonly threw: Threw | undefined;
  readonly bytes: number;
  /** Probability of having taken two states for one; undefined for exact tables. */
  readonly missProbability: number | undefined;
}

/** What one worker reports. */
export type PartReport = Readonly<Pick<Part, "states" | "transitions" | "depth" | "tallies" | "thrown">>;

/** Merges what several workers found. */
function mergeTallies(reports: readonly PartReport[], properties: number): PropertyTally[] {
  return Array.from({ length: properties }, (_, n) => {
    const merged = tallyOf();
    for (const { tallies } of reports) {
      const { violations, shortest, place } = tallies[n]!;
      merged.violations += violations;
      if (shortest === null || (merged.shortest !== null && merged.shortest <= shortest)) continue;
      merged.shortest = shortest;
      merged.place = place;
    }
    return merged;
  });
}

export function resultOf(
  model: Model,
  manner: Manner,
  reports: readonly PartReport[],
  memory: StateMemory,
  stopped: Stop | undefined,
): ExploreResult {
  const sum = (of: (report: PartReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const states = sum((report) => report.states);
  const thrown = reports.find((report) => report.thrown !== undefined)?.thrown;
  const properties = mergeTallies(reports, model.properties.length).map((tally, n) => ({
    property: model.properties[n]!,
    violations: tally.violations,
    shortest: tally.shortest,
    path: tally.place && pathTo(model, manner, memory, tally.place, n),
  }));
  return {
    states,
    transitions: sum((report) => report.transitions),
    depth: Math.max(...reports.map((report) => report.depth)),
    stopped,
    properties,
    threw: thrown && {
      property: thrown.property,
      message: thrown.message,
      path: pathTo(model, manner, memory, { state: thrown.place.state, event: undefined }, 0),
      event: thrown.place.event,
    },
    bytes: bytesOf(memory),
    missProbability: manner.fingerprint ? missProbability(states) : undefined,
  };
}
