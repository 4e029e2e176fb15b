// A desired state as its YAML file, which parseDesired reads back. docs/plan.md.

import {
  formatAdapter,
  formatDomain,
  formatIds,
  itemLines,
  textMember,
} from "../description/format-host-description.ts";
import type { ImportedMdev } from "../tools/import-host.ts";
import type { FreeBy } from "./desired.ts";

const HEADER = "# Desired state, written by apmatrix for apmatrix plan; docs/plan.md has every member.\n";

/** A list that is left out means "as it is on the host", so a defined mdev gets all its lists. */
export function formatDesired(mdevs: readonly ImportedMdev[], freeBy: FreeBy | undefined): string {
  const lines = [
    mdevs.length === 0 ? "mdevs: []" : "mdevs:",
    ...mdevs.flatMap(mdevLines),
    ...(freeBy === undefined ? [] : ["host:", `  free_by: ${freeBy}`]),
  ];
  return `${HEADER}${lines.join("\n")}\n`;
}

function mdevLines({ uuid, name, adapters, domains, controlDomains, isDefined }: ImportedMdev): readonly string[] {
  const members = [
    `uuid: "${uuid}"`,
    ...textMember("name", name),
    ...(isDefined
      ? [
          `adapters: ${formatIds(adapters, formatAdapter)}`,
          `domains: ${formatIds(domains, formatDomain)}`,
          `control_domains: ${formatIds(controlDomains, formatDomain)}`,
        ]
      : []),
  ];
  return itemLines(members);
}
