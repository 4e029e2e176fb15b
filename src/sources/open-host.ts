// The host that --from leads to, in memory: the one that is there already, or one rebuilt from what a /sys shows.
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
  /** All that its /sys shows; it is read once. */
  observe(): ObservedHost;
  /** Mdevs for which the source does not show whether a guest runs; in the host none does. */
  readonly undecided: ReadonlySet<string>;
  /** Names that people gave to mdevs, by uuid, if the source has them. */
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * @param from as the user wrote it
 * @param chosen another kernel than the source's own, or than its files show
 * @returns the host, with warnings on how its kernel was found and on what the source does not show; or why the source cannot be used
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
