// The host that --from leads to, as a description: a description or a listing as it is, everything else by what its /sys shows.
import { statSync } from "node:fs";
import type { HostDescription } from "../formats/description/host-description.ts";
import { detectAndImport, detectInput } from "../formats/listing/detect-import.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { describeHost } from "../sources/describe-host.ts";
import { detectProfile } from "../sources/detect-profile.ts";
import { openSource, TRACE_HEADER } from "../sources/open-source.ts";
import { formatSourceError } from "../sources/source.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { chooseProfile } from "./choices.ts";
import type { HostOptions } from "./host-source.ts";
import { readText } from "./input-files.ts";
import { UserError } from "./user-error.ts";

export interface DescribedSource {
  readonly description: HostDescription;
  readonly profile: Profile;
  readonly warnings: readonly string[];
}

/** @throws UserError a source that cannot be used, or described */
export async function describedSourceOf({ from, profile: name }: HostOptions): Promise<DescribedSource> {
  const chosen = name === undefined ? undefined : chooseProfile(name);
  const text = isSmallFile(from) ? readText(from) : undefined;
  const kind = text === undefined || TRACE_HEADER.test(text) ? undefined : detectInput(text);
  if (text !== undefined && kind !== undefined) {
    const imported = detectAndImport(text, from);
    if (!imported.ok) throw new UserError(formatInputError(imported.error));
    return {
      description: imported.value,
      profile: chosen ?? DEFAULT_PROFILE,
      warnings: imported.warnings,
    };
  }
  const opened = await openSource(from, chosen);
  if (!opened.ok) throw new UserError(formatSourceError(opened.error));
  const source = opened.value;
  const profile = source.profile ?? detectProfile(source.sysfs, observeHost(source.sysfs), source.release).profile;
  const described = describeHost({ ...source, profile });
  source.close();
  if (!described.ok) throw new UserError(`${from}: ${described.message}`);
  const warnings = [...opened.warnings, ...described.warnings.map((sentence) => `${from}: ${sentence}`)];
  return { description: described.value, profile, warnings };
}

/** Larger than any description; a tar of /sys can be large. */
const LARGEST = 8 << 20;

const isSmallFile = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size < LARGEST && !/\.(?:t?gz|tar)$/.test(path);
};
