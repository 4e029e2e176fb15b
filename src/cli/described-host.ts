// A host description from a file, with the operations that bring such a host up.
import { type HostDescription, parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { labelsOf } from "../sources/memory-source.ts";
import { usable } from "../sources/usable.ts";
import type { Operation } from "../system/trace/operation.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { readText } from "./input-files.ts";

export interface DescribedHost {
  readonly description: HostDescription;
  readonly operations: readonly Operation[];
  /** Names of its mdevs, by UUID. */
  readonly labels: ReadonlyMap<string, string>;
}

/** @throws UserError with the place of the first mistake */
export function describedHost(file: string, kernel: Profile): DescribedHost {
  const { value: description } = usable(parseHostDescription(readText(file), file, kernel));
  return { description, operations: hostOperations(description), labels: labelsOf(description) };
}
