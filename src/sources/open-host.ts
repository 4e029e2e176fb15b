// The host that --from leads to, in memory: as it is there, or rebuilt from what a /sys shows.
import { observeHost } from "../system/sysfs/observe.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { profileOf } from "./detect-profile.ts";
import { openSource } from "./open-source.ts";
import { rebuildHost } from "./rebuild-host.ts";
import type { Opened, Source } from "./source.ts";

export interface OpenHost extends Pick<Source, "sysfs" | "isLive" | "close"> {
  readonly host: Host;
  /** All that its /sys shows; looked at once. */
  observe(): ObservedHost;
  /** Mdevs of which the source does not tell whether a guest runs; the host takes it that none does. */
  readonly undecided: ReadonlySet<string>;
  /** What people call the mdevs, by uuid, where the source says so. */
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * @param from as the user wrote it
 * @param chosen another kernel than the source's own, or than its files show
 * @returns the host, with warnings on how its kernel was told and on what its source does not tell; or why the source cannot be used
 */
export async function openHost(from: string, chosen?: Profile): Promise<Opened<OpenHost>> {
  const opened = await openSource(from, chosen);
  if (!opened.ok) return opened;
  const { value: source, warnings } = opened;
  const { host, sysfs, isLive, labels = new Map() } = source;
  let seen: ObservedHost | undefined;
  const observe = (): ObservedHost => {
    seen ??= observeHost(sysfs);
    return seen;
  };
  const shared = { labels, sysfs, isLive, observe, close: () => source.close() };
  if (host) return { ok: true, value: { ...shared, host, undecided: new Set() }, warnings };
  const observed = observe();
  const { profile, doubt } = profileOf(source, observed);
  const told = source.profile ? "" : source.release === undefined ? ", by its files" : ", by its files and version";
  const rebuilt = rebuildHost(observed, profile);
  const said = [`kernel ${profile.name}${told}`, ...(doubt === undefined ? [] : [doubt]), ...rebuilt.unknown];
  return {
    ok: true,
    value: { ...shared, host: rebuilt.host, undecided: new Set(rebuilt.undecided) },
    warnings: [...warnings, ...said.map((sentence) => `${from}: ${sentence}`)],
  };
}
