// Operations on a fresh machine as the text of a trace, each with what this kernel answers.
import type { Operation } from "../trace/operation.ts";
import { operationToJson } from "../trace/operation-json.ts";
import { Player } from "../trace/player.ts";
import { traceHeader } from "../trace/trace-file.ts";
import type { Profile } from "../vfio-ap/profiles.ts";

export interface TraceHeader {
  readonly trace: string;
  readonly desc?: string;
}

/** @param operations the first one is init */
export function formatTrace(header: TraceHeader, profile: Profile, operations: readonly Operation[]): string {
  const player = new Player(profile);
  const lines = operations.map((operation, at) => ({
    i: at + 1,
    ...operationToJson(operation),
    x: player.apply(operation, at + 1),
  }));
  return [{ ...traceHeader(header.trace, profile.name, operations), desc: header.desc }, ...lines]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
}
