// Hosts that tests, soaks and measurements bring up.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { formatInputError } from "../../formats/reading/input-error.ts";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { linesFor } from "../../history/scenario/scenario.ts";
import type { Operation } from "../../system/trace/operation.ts";
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
export function hostFrom(text: string, profile = DEFAULT_PROFILE, operations: readonly Operation[] = []): Host {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: expected ${parsed.error.expected}`);
  const lines = linesFor(parsed.value, profile).map(({ step }) => (step.kind === "action" ? step.operations : []));
  const player = new Player(profile);
  for (const [i, operation] of [...lines.flat(), ...operations].entries()) player.apply(operation, i + 1);
  return player.host;
}
