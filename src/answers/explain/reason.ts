// Why a guest has a queue or not: stable codes, with the details of each. docs/reasons.md explains them in sentences.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { ResponseCode } from "../../system/ap/response-code.ts";

export const REASONS = [
  "plugged",
  "assigned-elsewhere",
  "host-owned",
  "adapter-not-assigned",
  "domain-not-assigned",
  "adapter-not-in-host",
  "domain-not-in-host",
  "no-queue-device",
  "queue-unbound",
  "queue-bound-elsewhere",
  "queue-not-passable",
  "adapter-filtered",
  "waiting-for-refilter",
  "guest-not-running",
  "removal-requested",
] as const;
export type Reason = (typeof REASONS)[number];

/** The details of a reason; only those that apply are there. */
export interface Because {
  /** The queue that keeps its whole adapter out, and why that one is not passable. */
  readonly apqn?: Apqn;
  readonly reason?: Reason;
  /** UUID of the mdev that has it. */
  readonly mdev?: string;
  /** The driver that has it. */
  readonly driver?: string;
  /** What gives it to the host: the mask bits, or the text of its override. */
  readonly mask?: string;
  /** Response code of its last reset. */
  readonly rc?: ResponseCode;
}

export interface Cause {
  readonly reason: Reason;
  readonly because: Because;
}
