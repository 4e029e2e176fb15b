// The host that --from leads to, in memory: the one that is there already, or one rebuilt from what a /sys shows.
import { existsSync } from "node:fs";
import { observeHost } from "../system/sysfs/observe.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import type { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { profileOf } from "./detect-profile.ts";
import type { GuestNames } from "./machine/guest-names.ts";
import { DEFAULT_SOURCE, openSource } from "./open-source.ts";
import { rebuildHost } from "./rebuild-host.ts";
import { cannotOpen, type Opened, type Source } from "./source.ts";

export interface OpenHost extends Pick<Source, "sysfs" | "isLive" | "close"> {
  readonly host: Host;
  /** All that its /sys shows; it is read once. */
  observe(): ObservedHost;
  /** Mdevs for which the source does not show whether a guest runs; in the host none does. */
  readonly undecided: ReadonlySet<string>;
  /** Names that people gave to mdevs, by uuid, if the source has them. */
  readonly labels: ReadonlyMap<string, string>;
  /** The host with the insides of its guests, if the source has them. It must not be changed. */
  readonly inside: Player | undefined;
}

/** Where libvirt keeps the XML of its virtual machines: the defined ones, and those that run. */
const LIBVIRT_DIRECTORIES: readonly string[] = ["/etc/libvirt/qemu", "/run/libvirt/qemu"];

/** Names without those that several mdevs have: a guest has one mdev of vfio_ap. */
const distinct = (names: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...names].filter(([, name]) => [...names.values()].filter((other) => other === name).length === 1));

/** What people call guests: libvirt's names, of the file that was named, or of this machine. */
async function guestNames(from: string, domains: string | undefined): Promise<GuestNames> {
  const paths = domains === undefined ? (from === DEFAULT_SOURCE ? LIBVIRT_DIRECTORIES : []) : [domains];
  const there = paths.filter((path) => existsSync(path));
  if (there.length === 0) return { names: new Map(), warnings: [] };
  // The reader of XML is much of the program.
  return (await import("./machine/guest-names.ts")).guestNamesIn(there);
}

export interface NamedSource extends Source {
  readonly labels: ReadonlyMap<string, string>;
  /** Those of them that libvirt gave. */
  readonly guestNames: ReadonlyMap<string, string>;
}

/**
 * A source as it is now, whose mdevs have the names that people gave to them, also by libvirt.
 *
 * @param from as the user wrote it
 * @param chosen another kernel than the source's own, or than its files show
 * @param domains a file or directory of libvirt's XML with the names of guests; undefined: those of this machine, for its own /sys
 */
export async function openNamed(from: string, chosen?: Profile, domains?: string): Promise<Opened<NamedSource>> {
  if (domains !== undefined && !existsSync(domains)) return cannotOpen(domains, "no such file or directory");
  const opened = await openSource(from, chosen);
  if (!opened.ok) return opened;
  const { value: source } = opened;
  const { names, warnings } = await guestNames(from, domains);
  const labels = new Map([...names, ...(source.labels ?? [])]);
  return { ok: true, value: { ...source, labels, guestNames: names }, warnings: [...opened.warnings, ...warnings] };
}

/**
 * @param from as the user wrote it
 * @param chosen another kernel than the source's own, or than its files show
 * @param domains a file or directory of libvirt's XML with the names of guests; undefined: those of this machine, for its own /sys
 * @returns the host, with warnings on how its kernel was found and on what the source does not show; or why the source cannot be used
 */
export async function openHost(from: string, chosen?: Profile, domains?: string): Promise<Opened<OpenHost>> {
  const opened = await openNamed(from, chosen, domains);
  if (!opened.ok) return opened;
  const { value: source, warnings } = opened;
  const { host, sysfs, isLive, labels, inside, guestNames: named } = source;
  let seen: ObservedHost | undefined;
  const observe = (): ObservedHost => {
    seen ??= observeHost(sysfs);
    return seen;
  };
  const shared = { labels, inside, sysfs, isLive, observe, close: () => source.close() };
  if (host) return { ok: true, value: { ...shared, host, undecided: new Set() }, warnings };
  const observed = observe();
  const { profile, doubt } = profileOf(source, observed);
  const told = source.profile ? "" : source.release === undefined ? ", by its files" : ", by its files and version";
  const rebuilt = rebuildHost(observed, profile, distinct(named));
  const said = [`kernel ${profile.name}${told}`, ...(doubt === undefined ? [] : [doubt]), ...rebuilt.unknown];
  return {
    ok: true,
    value: { ...shared, host: rebuilt.host, undecided: new Set(rebuilt.undecided) },
    warnings: [...warnings, ...said.map((sentence) => `${from}: ${sentence}`)],
  };
}
