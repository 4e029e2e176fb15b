// An event of a check: as data, as lines of a scenario, and how it happens to the loaded host. Events are made in events.ts
// and machine-events.ts.
import type { EventKind } from "./kinds.ts";
import type { KernelStep } from "./locks.ts";

/** What an event is about, as far as it is about one. */
export interface About {
  readonly adapter?: number | undefined;
  readonly domain?: number | undefined;
  readonly mdev?: number | undefined;
}

export interface CheckEvent extends About {
  readonly kind: EventKind;
  readonly does: KernelStep;
  /** Lines of a scenario; `machine` and `scan` lines stand for what the host notices at once. */
  readonly lines: readonly string[];
  /** Does it, if it can happen now; otherwise changes nothing. @returns whether it happened */
  readonly happen: () => boolean;
}

/** After a call that always works: the event has happened. */
export const done = (_answer: unknown): boolean => true;
