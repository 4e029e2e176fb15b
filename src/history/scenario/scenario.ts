// A scenario: actions on a host and what must be seen after each, as people write it (docs/scenarios.md). The same text runs under several
// kernels; a line can be for some of them only.
import type { Errno } from "../../system/ap/errno.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";

/** Kernels that a line can be for, under one name: `M=linux-6.12,linux-7.3`. A kernel may be in several columns. */
export interface KernelColumn {
  readonly label: string;
  readonly profiles: readonly Profile[];
}

/** The expected answer of an action: done, waiting, or the name of an error. */
export type Outcome = "done" | "blocked" | Errno;

export interface Action {
  readonly kind: "action";
  readonly operations: readonly Operation[];
  /** The outcome of the last operation; all operations before it must be done. */
  readonly outcome: Outcome;
  /** Expected response code of interrupt control, two hex digits. */
  readonly rc?: string;
}

export interface Check {
  readonly kind: "check";
  readonly what: CheckKind;
  /** Guest, UUID, path or queue that is looked at. */
  readonly subject: string;
  readonly expected: string;
}

export type CheckKind =
  | "guest"
  | "guest-control"
  | "shadow"
  | "matrix"
  | "control"
  | "status"
  | "driver"
  | "interrupts"
  | "resets"
  | "released"
  | "updates"
  | "order"
  | "signals"
  | "uevents"
  | "warnings"
  | "finished"
  | "cat"
  | "ends"
  | "size"
  | "ls"
  | "explain";

export interface Line {
  /** Counted from 1. */
  readonly line: number;
  /** The labels that the line is for; undefined: all. */
  readonly labels: readonly string[] | undefined;
  readonly text: string;
  /** The guest in which it is done or looked at, with its hosts before slashes; undefined: the host. */
  readonly inside: string | undefined;
  readonly step: Action | Check;
}

export interface Scenario {
  readonly title: string;
  readonly columns: readonly KernelColumn[];
  readonly lines: readonly Line[];
  /** UUID by mdev name. */
  readonly mdevs: ReadonlyMap<string, string>;
}

/** The kernels that a scenario is for. */
export const profilesOf = ({ columns }: Scenario): readonly Profile[] => [
  ...new Set(columns.flatMap(({ profiles }) => profiles)),
];

/** The lines that are for this kernel. */
export function linesFor({ columns, lines }: Scenario, profile: Profile): readonly Line[] {
  const mine = columns.filter(({ profiles }) => profiles.includes(profile)).map(({ label }) => label);
  return lines.filter(({ labels }) => labels === undefined || labels.some((label) => mine.includes(label)));
}

/** The mdev and the guest that a line means if it names none. */
export const DEFAULT_MDEV = "m1";
export const DEFAULT_GUEST = "g1";
