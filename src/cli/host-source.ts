// The host that --from leads to, in memory: as it is there, or rebuilt from what a /sys shows.
import { detectProfile } from "../host/detect-profile.ts";
import { formatSourceError } from "../host/opened-source.ts";
import { rebuildHost } from "../host/rebuild-host.ts";
import { openSource } from "../host/source.ts";
import { observeHost } from "../sysfs/observe.ts";
import type { Host } from "../vfio-ap/host.ts";
import { chooseProfile } from "./choices.ts";
import { UserError } from "./user-error.ts";

export interface HostOptions {
  readonly from: string;
  /** Name of the kernel to take; undefined: the source's own, or the one its files show. */
  readonly profile?: string;
}

export interface HostFound {
  readonly host: Host;
  /** Mdevs of which the source does not tell whether a guest runs; the host takes it that none does. */
  readonly undecided: ReadonlySet<string>;
  readonly warnings: readonly string[];
}

const NONE: ReadonlySet<string> = new Set();

/** @throws UserError a source that cannot be used */
export async function hostFrom({ from, profile: name }: HostOptions): Promise<HostFound> {
  const opened = await openSource(from, name === undefined ? undefined : chooseProfile(name));
  if (!opened.ok) throw new UserError(formatSourceError(opened.error));
  const { host, sysfs, profile } = opened.value;
  if (host) {
    opened.value.close();
    return { host, undecided: NONE, warnings: opened.warnings };
  }
  const observed = observeHost(sysfs);
  const detected = profile ? { profile, doubt: undefined } : detectProfile(sysfs, observed);
  const rebuilt = rebuildHost(sysfs, observed, detected.profile);
  const said = [
    `kernel ${detected.profile.name}${profile ? "" : ", by its files"}`,
    detected.doubt,
    ...rebuilt.unknown,
  ];
  const sentences = said.flatMap((sentence) => (sentence === undefined ? [] : `${from}: ${sentence}`));
  return { host: rebuilt.host, undecided: new Set(rebuilt.undecided), warnings: [...opened.warnings, ...sentences] };
}
