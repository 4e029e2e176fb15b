// Operations on a fresh machine as the text of a trace, each with what this kernel answers.
import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import { traceHeader } from "../../system/trace/trace-file.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";

interface Header {
  readonly trace: string;
  readonly desc?: string;
}

/** @param operations the first one is init */
export function formatTrace(header: Header, profile: Profile, operations: readonly Operation[]): string {
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
