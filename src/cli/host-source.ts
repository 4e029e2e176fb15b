// The host that --from leads to, in memory: as it is there, or rebuilt from what a /sys shows.
import { Option } from "commander";
import { detectProfile } from "../sources/detect-profile.ts";
import { DEFAULT_SOURCE, openSource, SOURCES_UNDERSTOOD } from "../sources/open-source.ts";
import { rebuildHost } from "../sources/rebuild-host.ts";
import { formatSourceError } from "../sources/source.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { chooseProfile } from "./choices.ts";
import { UserError } from "./user-error.ts";

export interface HostOptions {
  readonly from: string;
  /** Name of the kernel to take; undefined: the source's own, or the one its files show. */
  readonly profile?: string;
}

/** The options of it, alike in every command that reads a host. */
export const fromOption = (): Option => new Option("--from <source>", SOURCES_UNDERSTOOD).default(DEFAULT_SOURCE);
export const profileOption = (): Option => new Option("--profile <name>", "another kernel than the source names");

export interface HostFound {
  readonly host: Host;
  /** Mdevs of which the source does not tell whether a guest runs; the host takes it that none does. */
  readonly undecided: ReadonlySet<string>;
  /** What people call the mdevs, by uuid, where the source says so. */
  readonly labels: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

export interface OpenHost extends HostFound {
  /** What its source shows, and takes if it is alive. */
  readonly sysfs: Sysfs;
  readonly isLive: boolean;
  close(): void;
}

const NONE: ReadonlySet<string> = new Set();
const NO_LABELS: ReadonlyMap<string, string> = new Map();

/** @throws UserError a source that cannot be used */
export async function openHost({ from, profile: name }: HostOptions): Promise<OpenHost> {
  const opened = await openSource(from, name === undefined ? undefined : chooseProfile(name));
  if (!opened.ok) throw new UserError(formatSourceError(opened.error));
  const source = opened.value;
  const { host, sysfs, profile, release, isLive } = source;
  const close = () => source.close();
  const { labels = NO_LABELS } = source;
  if (host) return { host, undecided: NONE, labels, warnings: opened.warnings, sysfs, isLive, close };
  const observed = observeHost(sysfs);
  const detected = profile ? { profile, doubt: undefined } : detectProfile(sysfs, observed, release);
  const rebuilt = rebuildHost(sysfs, observed, detected.profile);
  const said = [
    `kernel ${detected.profile.name}${profile ? "" : release === undefined ? ", by its files" : ", by its files and version"}`,
    detected.doubt,
    ...rebuilt.unknown,
  ];
  const sentences = said.flatMap((sentence) => (sentence === undefined ? [] : `${from}: ${sentence}`));
  const warnings = [...opened.warnings, ...sentences];
  return { host: rebuilt.host, undecided: new Set(rebuilt.undecided), labels, warnings, sysfs, isLive, close };
}

/** The host alone. @throws UserError a source that cannot be used */
export async function hostFrom(options: HostOptions): Promise<HostFound> {
  const { close, ...found } = await openHost(options);
  close();
  return found;
}
