// One entry of a history as the page shows it: what was done, and what that changed. Next: timeline.ts.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { GuestChange } from "./guest-changes.ts";
import type { InsideChange } from "./inside-changes.ts";

export interface Entry {
  /** Its number in the trace or journal. */
  readonly i: number;
  /** What happened, in one line; mdevs are named m1, m2, ... */
  readonly words: string;
  /** undefined if the host was only looked at. */
  readonly operation: Operation | undefined;
  readonly answer: Answer | undefined;
  /** The recorded answer differs. */
  readonly differs: boolean;
  readonly guests: readonly GuestChange[];
  /** Queues that were zeroized, by vfio_ap or by the bus. */
  readonly zeroized: readonly Apqn[];
  /** The same, with who did it. */
  readonly resets: readonly { readonly apqn: Apqn; readonly by: "vfio_ap" | "bus" }[];
  /** Queues that caused an adapter to be left out of a guest. */
  readonly filteredBy: readonly Apqn[];
  /** What it did inside guests that have a Linux of their own; those in which nothing of this happened are left out. */
  readonly inside: readonly InsideChange[];
  /** In the history of a guest: what its host gave to it, or took from it. */
  readonly given: GuestChange | undefined;
  /** In the history of a guest: nothing that this guest sees. */
  readonly isElsewhere: boolean;
  /** Where the entry comes from, if it is from a plan. */
  readonly note: string | undefined;
  /** When a real host was looked at, in milliseconds since 1970. */
  readonly seenAt: number | undefined;
  /** What the source cannot show, as sentences. */
  readonly unknown: readonly string[];
}

/** A write was refused, or answered with an error. */
export const isRefused = ({ answer }: Entry): boolean => typeof answer?.r === "string" && answer.r !== "blocked";

/** Whether the source could not show if a guest runs with this mdev: one of its sentences says so (sources/rebuild-host.ts). */
export const isUnknownGuest = (mdev: string, unknown: readonly string[]): boolean =>
  unknown.some((sentence) => /^whether a guest runs/.test(sentence) && sentence.includes(mdev));

/** Of guests, and of guests of guests, whose names have their hosts before slashes. */
export const changesAnywhere = ({ guests, inside }: Entry): readonly GuestChange[] =>
  inside.length === 0
    ? guests
    : [
        ...guests,
        ...inside.flatMap(({ path, guests: inner }) =>
          inner.map((change) => ({ ...change, guest: `${path}/${change.guest}` })),
        ),
      ];

/** Queues that were zeroized by the host or inside a guest, ascending. */
export const zeroizedAnywhere = ({ zeroized, inside }: Entry): readonly Apqn[] =>
  inside.length === 0
    ? zeroized
    : [...new Set([...zeroized, ...inside.flatMap((one) => one.zeroized)])].sort((a, b) => a - b);
