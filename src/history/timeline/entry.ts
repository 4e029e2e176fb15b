// One entry of a history as the page shows it: what was done, and what that changed. Next: timeline.ts.
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { GuestChange } from "./guest-changes.ts";

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
