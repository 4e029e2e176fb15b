// A long history of a large host: 16 adapters, 85 domains, 5 mdevs, random operations.

import { Timeline } from "../../history/timeline/timeline.ts";
import { traceText } from "../../history/timeline/write-out.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import type { Init } from "../../system/trace/operation.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../soak/random.ts";
import { RandomOperations } from "../soak/random-operations.ts";

const SIZE = { adapters: 16, domains: 85, mdevs: 5 } as const;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

/** All of it in the machine, and free. */
const wholeMachine = (init: Init): Init => ({
  ...init,
  qci: true,
  apm: maskOf(upTo(SIZE.adapters).map(asApid)),
  aqm: maskOf(upTo(SIZE.domains).map(asApqi)),
  adm: maskOf(upTo(SIZE.domains).map(asControlDomain)),
  apmask: "0x0",
});

export function longHistory(events: number, seed = 1): { readonly timeline: Timeline; readonly trace: string } {
  const source = new RandomOperations(new Random(seed), SIZE);
  const timeline = Timeline.of(DEFAULT_PROFILE, [wholeMachine(source.init())]);
  while (timeline.entries.length < events) timeline.append(source.next());
  return { timeline, trace: traceText(timeline, events - 1, "long") };
}
