// Fixes of the driver as switches that take one away again, so that the bug can be shown with everything else as it is today.
// docs/kernel/versions.md §2, §4. Their names are part of the name of a profile: linux-7.3-without-whole-filter.
import type { FixName, Profile } from "./profile.ts";

export interface Fix {
  readonly name: FixName;
  /** What the driver does since the fix. */
  readonly sentence: string;
  /** The switches as they were before it. */
  readonly before: Partial<Profile>;
}

export const FIXES: readonly Fix[] = [
  {
    name: "whole-filter",
    sentence: "assigning filters the whole matrix, not only what is assigned just then (CVE-2024-26620)",
    before: { assignmentFilters: "new" },
  },
  {
    name: "whole-filter-on-scan",
    sentence: "the end of a scan filters the whole matrix, so that adapters filtered before do not appear again",
    before: { additionFilters: "new" },
  },
  {
    name: "filter-host-only",
    sentence: "the filter looks only at queues that the host's configuration has",
    before: { filterLooksAt: "assigned" },
  },
  {
    name: "reset-filtered",
    sentence: "queues of adapters that the filter takes away are reset",
    before: { resetsFiltered: false },
  },
  {
    name: "reset-adapter",
    sentence: "all queues of an adapter are reset that is unplugged because one of them is unbound",
    before: { removalResets: "queue" },
  },
  {
    name: "control-removal",
    sentence: "control domains that the host loses are unplugged",
    before: { controlDomainRemoval: "kept" },
  },
  {
    name: "cleared-filtered",
    sentence: "the set of filtered adapters is cleared before it is used (CVE-2026-93238)",
    before: { clearsFiltered: false },
  },
  {
    name: "domain-check",
    sentence: "a queue takes its adapter along only if its domain is plugged as well (the seed discussion)",
    before: { removalUnplugs: "apm" },
  },
];

/** The profile with these fixes taken away; undefined if one of the names is not a fix, or one that the profile does not have. */
export function withoutFixes(profile: Profile, names: readonly string[]): Profile | undefined {
  let changed = profile;
  for (const name of names) {
    const fix = FIXES.find((known) => known.name === name);
    if (!fix || !hasFix(changed, fix)) return undefined;
    changed = { ...changed, ...fix.before, name: `${changed.name}-without-${fix.name}` as Profile["name"] };
  }
  return changed;
}

/** The profile has the fix. All but the last are about kernels that keep a shadow at all times. */
function hasFix(profile: Profile, { before }: Fix): boolean {
  const filters: readonly string[] = "removalUnplugs" in before ? ["whole", "new-part", "v11"] : ["whole", "new-part"];
  const keys = Object.keys(before) as (keyof Profile)[];
  return filters.includes(profile.filter) && keys.some((key) => profile[key] !== before[key]);
}
