// Hosts that tests, soaks and measurements bring up.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { formatInputError } from "../../formats/reading/input-error.ts";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { linesFor } from "../../history/scenario/scenario.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";

/** Path of a description in hosts/. */
export const hostFile = (name: string): string =>
  fileURLToPath(new URL(`../../../hosts/${name}.yaml`, import.meta.url));

/** The operations that bring up a host of hosts/. */
export function hostNamed(name: string): readonly Operation[] {
  const file = hostFile(name);
  const parsed = parseHostDescription(readFileSync(file, "utf8"), file);
  if (!parsed.ok) throw new Error(formatInputError(parsed.error));
  return hostOperations(parsed.value);
}

/** A host after the actions of a scenario's text: `hostFrom("host adapter 04 domain 0004 0047\nunbind 04.0047")`. */
export const hostFrom = (text: string, profile = DEFAULT_PROFILE, operations: readonly Operation[] = []): Host =>
  playerFrom(text, profile, operations).host;

/** The same with the insides of its guests, if the text speaks of them. */
export function playerFrom(text: string, profile = DEFAULT_PROFILE, operations: readonly Operation[] = []): Player {
  const player = new Player(profile);
  for (const [i, operation] of [...scenarioOperations(text, profile), ...operations].entries())
    player.apply(operation, i + 1);
  return player;
}

/** What a scenario's text does under a kernel. */
export function scenarioOperations(text: string, profile = DEFAULT_PROFILE): readonly Operation[] {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: expected ${parsed.error.expected}`);
  return linesFor(parsed.value, profile).flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
}

/** It as a trace, whose answers are those of this version. */
export function traceFrom(text: string, profile = DEFAULT_PROFILE): string {
  const player = new Player(profile);
  const lines = scenarioOperations(text, profile).map((operation, n) =>
    JSON.stringify({ i: n + 1, ...operationToJson(operation), ...player.apply(operation, n + 1) }),
  );
  return [
    JSON.stringify({ trace: "test", format: player.hasInside ? 3 : 2, profile: profile.name }),
    ...lines,
    "",
  ].join("\n");
}
