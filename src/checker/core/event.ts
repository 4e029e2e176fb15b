// An event of a check: what it is, as data and as a scenario's lines, and how it happens to the loaded host. Events are made in events.ts
// and machine-events.ts.
import type { EventKind } from "./kinds.ts";

/** What an event does, finer than the kinds that are chosen: locks and properties ask for it. */
export type Deed =
  | "bind"
  | "unbind"
  | "assign-adapter"
  | "assign-domain"
  | "assign-control"
  | "unassign-adapter"
  | "unassign-domain"
  | "unassign-control"
  | "open"
  | "close"
  | "reset"
  | "ap-config"
  | "masks"
  | "override"
  | "probe"
  | "mdev-create"
  | "mdev-remove"
  | "mdev-request"
  | "machine"
  | "config-changed"
  | "scan-notice"
  | "scan-device"
  | "scan-complete";

export interface CheckEvent {
  readonly kind: EventKind;
  readonly deed: Deed;
  /** What it is about, as far as it is about one. */
  readonly adapter?: number | undefined;
  readonly domain?: number | undefined;
  readonly mdev?: number | undefined;
  /** Lines of a scenario; `machine` and `scan` lines stand for what the host notices at once. */
  readonly lines: readonly string[];
  /** Does it, if it can happen now; else nothing is changed. */
  readonly happen: () => boolean;
}
