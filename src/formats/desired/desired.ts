// The desired state of a host: which mdevs with which masks, and how queues are taken from the host for them. It is read from YAML
// by formats/desired/desired-file.ts. Next: targets.ts.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Adm, Apm, Aqm } from "../../system/ap/mask.ts";

/** How queues that the host keeps are freed: bits of apmask and aqmask, an override for each queue, or not at all. */
export const FREE_BY = ["masks", "overrides", "nothing"] as const;
export type FreeBy = (typeof FREE_BY)[number];

/** In the place of a list of queues: all that no mdev has. */
export const UNUSED = "unused";

export interface DesiredMdev {
  /** Lower case. */
  readonly uuid: string;
  readonly name: string | undefined;
  /** undefined: left as it is; so for the other masks. */
  readonly apm: Apm | undefined;
  readonly aqm: Aqm | undefined;
  readonly adm: Adm | undefined;
}

export interface DesiredState {
  readonly mdevs: readonly DesiredMdev[];
  readonly freeBy: FreeBy;
  /** Queues that go back to the host's drivers: these, or all that no mdev has in the end; undefined: none. */
  readonly giveBack?: readonly Apqn[] | typeof UNUSED;
}

/** A path into the file (members and indices of list items), and what is wrong there, with the remedy. */
export interface PlanError {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Planned<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PlanError };

export const planned = <T>(value: T): Planned<T> => ({ ok: true, value });
export const cannotPlan = (path: PlanError["path"], message: string): Planned<never> => ({
  ok: false,
  error: { path, message },
});
