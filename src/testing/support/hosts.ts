// Hosts that tests, soaks and measurements bring up.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { formatInputError } from "../../formats/reading/input-error.ts";
import type { Operation } from "../../system/trace/operation.ts";

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
