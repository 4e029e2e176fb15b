// The host that --from leads to, in memory: as it is there, or rebuilt from what a /sys shows.
import { statSync } from "node:fs";
import { detectProfile } from "../host/detect-profile.ts";
import { formatSourceError } from "../host/opened-source.ts";
import { rebuildHost } from "../host/rebuild-host.ts";
import { openSource } from "../host/source.ts";
import { observeHost } from "../sysfs/observe.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
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
  /** What its source shows. */
  readonly sysfs: Sysfs;
  readonly warnings: readonly string[];
}

/** @throws UserError a source that cannot be used */
export async function hostFrom({ from, profile: name }: HostOptions): Promise<HostFound> {
  const profile = name === undefined ? undefined : chooseProfile(name);
  const opened = await openSource(from, isDirectory(from) ? undefined : profile);
  if (!opened.ok) throw new UserError(formatSourceError(opened.error));
  const { host, sysfs } = opened.value;
  if (host) return { host, sysfs, warnings: opened.warnings };
  const observed = observeHost(sysfs);
  const detected = detectProfile(sysfs, observed);
  const kernel = profile ?? detected.profile;
  const rebuilt = rebuildHost(sysfs, observed, kernel);
  const doubt = profile || !detected.doubt ? [] : [detected.doubt];
  const said = [`kernel ${kernel.name}${profile ? "" : ", by its files"}`, ...doubt, ...rebuilt.unknown];
  return {
    host: rebuilt.host,
    sysfs,
    warnings: [...opened.warnings, ...said.map((sentence) => `${from}: ${sentence}`)],
  };
}

export const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
