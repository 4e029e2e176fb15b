// One history that the page shows, with where operations are carried out at its end: in the browser, at a server, or nowhere.

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
  readonly replayed?: Place;
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
  readonly timeline: Timeline;
  readonly send: Send | null | undefined;
  readonly live: boolean;
  readonly warnings: readonly string[];
  readonly from: Place | undefined;
  readonly replayed: Place | undefined;

  constructor({ name, describes, timeline, send, live = false, warnings = [], from, replayed }: SessionOptions) {
    this.name = name;
    this.describes = describes;
    this.timeline = timeline;
    this.send = send;
    this.live = live;
    this.warnings = warnings;
    this.from = from;
    this.replayed = replayed;
  }

  get last(): number {
    return this.timeline.entries.length - 1;
  }

  get canAct(): boolean {
    return this.send !== null;
  }

  /** A copy of the history up to an entry, which goes on in the browser. */
  branch(index: number, name?: string): Session {
    const { i } = this.timeline.entries[index] ?? { i: 0 };
    return new Session({
      name: name ?? `${this.name}, from step ${i}`,
      describes: `what if: goes on from step ${i} of ${this.name}, in this browser only`,
      timeline: this.timeline.branch(index),
      from: { session: this, index },
    });
  }

  /** The same operations up to an entry under another kernel, in the browser. Those that it does not know are refused there. */
  under(profile: Profile, index: number): Session {
    const timeline = Timeline.empty(profile);
    for (const { operation, i, note } of this.timeline.entries.slice(0, index + 1))
      if (operation) timeline.append(operation, { i, note });
    return new Session({
      name: `${this.name} under ${profile.name}`,
      describes: `what if: ${this.name} with the rules of ${profile.name}, in this browser only`,
      timeline,
      from: { session: this, index },
      replayed: { session: this, index },
    });
  }
}
