// Playing a trace: every operation on a fresh host, every answer compared with the one recorded.
import type { Observer } from "../machine/happening.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { profileNamed, TRACE_PROFILE } from "../vfio-ap/profiles.ts";
import { type Mismatch, mismatches } from "./compare.ts";
import { Player } from "./player.ts";
import type { Trace, TraceLine } from "./trace-file.ts";

/** One operation whose answer differs from the recorded one. */
export interface Difference {
  readonly line: TraceLine;
  readonly mismatches: readonly Mismatch[];
}

export interface Played {
  readonly profile: Profile;
  readonly operations: number;
  readonly differences: readonly Difference[];
}

/**
 * @param start a host to go on from, for a trace without "init"
 * @param profile plays it with another kernel than the trace names
 * @param listener hears what happens besides the answers
 */
export function playTrace(trace: Trace, profile?: Profile, listener?: Observer, start?: Host): Played {
  const kernel = profile ?? profileNamed(trace.profile ?? TRACE_PROFILE.name) ?? TRACE_PROFILE;
  const player = new Player(kernel, listener, start);
  const differences: Difference[] = [];
  for (const line of trace.lines) {
    const answer = player.apply(line.operation, line.i);
    if (!line.expected) continue;
    const found = mismatches(line.expected, { ...answer });
    if (found.length > 0) differences.push({ line, mismatches: found });
  }
  return { profile: kernel, operations: trace.lines.length, differences };
}
