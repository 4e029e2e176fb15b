// What the page and a server say to each other: JSON over HTTP, below the address of the page itself, so that it works under any
// prefix.

/** Relative to the page. */
export const API = {
  /** GET: SourceInfo. */
  source: "api/source",
  /** GET: JSON Lines, a header and then all HistoryLines so far. */
  history: "api/history",
  /** GET with `?after=I` or Last-Event-ID: server-sent events, each one further line of the history; the event's id is its i. */
  events: "api/events",
  /** POST: one operation as JSON, as the lab's socket takes it; answered with an Answer, or {error}. */
  operations: "api/operations",
} as const;

/** What a request that changes something has to carry: the token of SourceInfo. */
export const TOKEN_HEADER = "X-Apmatrix-Token";

/** What the page shows. */
export interface SourceInfo {
  /** As it was named on the command line. */
  readonly source: string;
  /** A running lab; a real machine's /sys, which is only read; or something that does not change. */
  readonly kind: "lab" | "host" | "file";
  /** What to call it. */
  readonly name: string;
  /** Kernel; null if it is not known. */
  readonly profile: string | null;
  /** It was detected from the files of the source, and could be wrong. */
  readonly profileIsDetected: boolean;
  /** Operations can be sent. */
  readonly canAct: boolean;
  /** More will come: events are worth following. */
  readonly live: boolean;
  /** Sentences about the source, such as what it cannot know. */
  readonly warnings: readonly string[];
  /** Needed for operations. */
  readonly token?: string;
}

type Named = Pick<SourceInfo, "source" | "kind" | "name" | "profile">;

/** Of a source that is only shown and does not change, with a profile that is not in doubt; `more` says what is otherwise. */
export const sourceInfo = (
  { source, kind, name, profile }: Named,
  more: Partial<Omit<SourceInfo, keyof Named | "token">> = {},
): Omit<SourceInfo, "token"> => ({
  source,
  kind,
  name,
  profile,
  profileIsDetected: false,
  canAct: false,
  live: false,
  warnings: [],
  ...more,
});
