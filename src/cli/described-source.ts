// The host that --from leads to, as a description: a description or a listing as it is, any other source by what its /sys shows.
import { statSync } from "node:fs";
import type { HostDescription } from "../formats/description/host-description.ts";
import { detectAndImport, detectInput } from "../formats/listing/detect-import.ts";
import { UserError } from "../guards/user-error.ts";
import { describeHost } from "../sources/describe-host.ts";
import { openNamed } from "../sources/open-host.ts";
import { TRACE_HEADER } from "../sources/open-source.ts";
import { usable } from "../sources/usable.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { chosenProfile } from "./choices.ts";
import type { HostOptions } from "./host-source.ts";
import { readText } from "./input-files.ts";

interface DescribedSource {
  readonly description: HostDescription;
  readonly profile: Profile;
  readonly warnings: readonly string[];
}

/** @throws UserError a source that cannot be used, or described */
export async function describedSourceOf(options: HostOptions): Promise<DescribedSource> {
  const { from } = options;
  const chosen = chosenProfile(options);
  const text = isSmallFile(from) ? readText(from) : undefined;
  const kind = text === undefined || TRACE_HEADER.test(text) ? undefined : detectInput(text);
  if (text !== undefined && kind !== undefined) {
    const { value: description, warnings } = usable(detectAndImport(text, from, chosen));
    return { description, profile: chosen ?? DEFAULT_PROFILE, warnings };
  }
  const { value: source, warnings } = usable(await openNamed(from, chosen, options.domains));
  const described = describeHost(source);
  source.close();
  if (!described.ok) throw new UserError(`${from}: ${described.message}`);
  const { value: description, profile } = described;
  return { description, profile, warnings: [...warnings, ...described.warnings.map((what) => `${from}: ${what}`)] };
}

/** Larger than any description; a tar of /sys can be large. */
const LARGEST = 8 << 20;

const isSmallFile = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size < LARGEST && !/\.(?:t?gz|tar)$/.test(path);
};
