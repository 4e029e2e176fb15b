// What the explorer explores: a model with packed states, numbered events and properties. The explorer knows nothing else of it, and
// a model knows nothing of tables, levels or workers. Next: explorer/part.ts.

/** "always": no state (or event) may break it. "sometimes": one that shows it is looked for. */
export type PropertyKind = "always" | "sometimes";

export interface ModelProperty {
  /** Short and stable: what JSON output and --property call it. */
  readonly name: string;
  /** What holds, or what is looked for, in a sentence. */
  readonly sentence: string;
  readonly kind: PropertyKind;
  /** Where it is tested: on a state by itself, or on one event with the states before and after it. */
  readonly on: "state" | "event";
}

/** A value of a state as people (and ITF) read it: a list is a set, in its order. */
export type ShownValue = string | number | boolean | readonly ShownValue[] | { readonly [name: string]: ShownValue };

/** Events with the states between them: words(n + 1 states) for n events. */
export interface EventPath {
  readonly events: readonly number[];
  /** The states back to back, the initial one first. */
  readonly states: Int32Array;
}

/**
 * A model. A state is `words` 32-bit words and never all zeros (a model without a bit that is always set adds one); equal states
 * are equal words. Nothing here may depend on what was asked before.
 */
export interface Model {
  readonly name: string;
  /** 32-bit words of a state. */
  readonly words: number;
  /** Events have the numbers 0 to this minus one. */
  readonly events: number;
  /** At most 31: property n is bit n of the masks of violations. */
  readonly properties: readonly ModelProperty[];
  initial(states: Int32Array, at: number): void;
  /** Adds every enabled event of the state with its successor, self loops included; a refused event is not enabled. */
  expand(states: Int32Array, at: number, successors: Successors): void;
  /** The state properties that this state breaks (always) or shows (sometimes), as bits. Asked once for each state. */
  violations(states: Int32Array, at: number): number;
  /** Turns a state into the one that stands for all that differ only in names. A model without it has no symmetry. */
  readonly canonical?: (states: Int32Array, at: number) => void;
  /** An event in words: "bind 00.0001". */
  eventText(event: number): string;
  /** The variables of a state by name, always the same names in the same order. */
  variables(states: Int32Array, at: number): Readonly<Record<string, ShownValue>>;
  /** A path as lines of a conformance trace, where the events are operations on a host; with what it shows, as a sentence. */
  readonly traceLines?: (path: EventPath, shows: string) => readonly string[];
  /** A path as lines of a shell script of writes. */
  readonly scriptLines?: (path: EventPath, shows: string) => readonly string[];
}

/** Where `expand` puts successors: three lists with one end. Room for `events` more is always there. */
export class Successors {
  /** Words of the successors, back to back. */
  readonly states: Int32Array;
  readonly events: Int32Array;
  /** Event properties that this event breaks or shows, as bits. */
  readonly violations: Int32Array;
  /** How many there are; the next one begins at `states[count * words]`. */
  count = 0;

  constructor(words: number, room: number) {
    this.states = new Int32Array(words * room);
    this.events = new Int32Array(room);
    this.violations = new Int32Array(room);
  }
}

/** Thrown by a model when a property throws, so that it can be named. */
export class PropertyThrew extends Error {
  readonly property: string;
  /** The event that it was tested on, for a property of events. */
  readonly event: number | undefined;

  constructor(property: string, cause: unknown, event?: number) {
    super(`property "${property}" threw: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.property = property;
    this.event = event;
  }
}
