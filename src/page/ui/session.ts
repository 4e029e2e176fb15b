// One history that the page shows, with where operations are carried out at its end: in the browser, at a server, or nowhere.

import { InsideHistory, type SeenHistory } from "../../history/timeline/inside-history.ts";
import { Timeline } from "../../history/timeline/timeline.ts";
import type { Answer } from "../../system/trace/answer.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";

/** Sends an operation to where the host is; what it did comes back as history. */
export type Send = (operation: Operation) => Promise<Answer>;

interface SessionOptions {
  readonly name: string;
  /** One sentence: what this is. */
  readonly describes: string;
  readonly timeline: Timeline;
  /** Undefined: operations are carried out here; null: none can be carried out. */
  readonly send?: Send | null;
  /** More entries come by themselves. */
  readonly live?: boolean;
  readonly warnings?: readonly string[];
  /** Where it branched off. */
  readonly from?: Place | undefined;
  /** The history whose operations these are, up to an entry, under another kernel. */
  readonly replayed?: Place | undefined;
  /** It is seen from inside a guest. */
  readonly inside?: { readonly whole: Session; readonly path: string };
}

interface Place {
  readonly session: Session;
  readonly index: number;
}

let count = 0;

export class Session {
  readonly id = ++count;
  readonly name: string;
  readonly describes: string;
  /** As it is seen from where one is: on the host, or inside a guest. */
  readonly timeline: SeenHistory;
  /** All of it, in which whatever is done is done. */
  readonly history: Timeline;
  /** This history seen from the host. */
  readonly whole: Session;
  /** Where one is: name of a guest, with its hosts before slashes; "" on the host. */
  readonly path: string;
  readonly #within = new Map<string, Session>();
  readonly send: Send | null | undefined;
  readonly live: boolean;
  readonly warnings: readonly string[];
  readonly from: Place | undefined;
  readonly replayed: Place | undefined;

  constructor({
    name,
    describes,
    timeline,
    send,
    live = false,
    warnings = [],
    from,
    replayed,
    inside,
  }: SessionOptions) {
    this.name = name;
    this.describes = describes;
    this.history = timeline;
    this.whole = inside?.whole ?? this;
    this.path = inside?.path ?? "";
    this.timeline = inside ? new InsideHistory(timeline, inside.path) : timeline;
    this.send = send;
    this.live = live;
    this.warnings = warnings;
    this.from = from;
    this.replayed = replayed;
  }

  get last(): number {
    return this.history.entries.length - 1;
  }

  get canAct(): boolean {
    return this.send !== null;
  }

  /** The same history, seen from inside a guest; from the host for "". */
  within(path: string): Session {
    const { whole } = this;
    if (path === "") return whole;
    const { name, describes, history: timeline, send, live, warnings, from, replayed } = whole;
    const known =
      whole.#within.get(path) ??
      new Session({
        ...{ name, describes, timeline, live, warnings, from, replayed },
        ...(send !== undefined && { send }),
        inside: { whole, path },
      });
    whole.#within.set(path, known);
    return known;
  }

  /** A copy of the history up to an entry, which goes on in the browser. It is seen from the host. */
  branch(index: number, name?: string): Session {
    const { i } = this.history.entries[index] ?? { i: 0 };
    return new Session({
      name: name ?? `${this.name}, from step ${i}`,
      describes: `what if: goes on from step ${i} of ${this.name}, in this browser only`,
      timeline: this.history.branch(index),
      from: { session: this.whole, index },
    });
  }

  /** The same operations up to an entry under another kernel, in the browser. Those that it does not know are refused there. */
  under(profile: Profile, index: number): Session {
    const timeline = Timeline.empty(profile);
    for (const { operation, i, note } of this.history.entries.slice(0, index + 1))
      if (operation) timeline.append(operation, { i, note });
    return new Session({
      name: `${this.name} under ${profile.name}`,
      describes: `what if: ${this.name} with the rules of ${profile.name}, in this browser only`,
      timeline,
      from: { session: this.whole, index },
      replayed: { session: this.whole, index },
    });
  }
}
