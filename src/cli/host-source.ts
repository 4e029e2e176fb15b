// The host that --from leads to, and the options that every command has which reads one.
import { Option } from "commander";
import { type OpenHost, openHost } from "../sources/open-host.ts";
import { DEFAULT_SOURCE, SOURCES_UNDERSTOOD } from "../sources/open-source.ts";
import { usable } from "../sources/usable.ts";
import { chosenProfile } from "./choices.ts";

export interface HostOptions {
  readonly from: string;
  /** Name of the kernel; undefined: the source's own, or the one that its files show. */
  readonly profile?: string;
  /** Where the names of guests are; undefined: where libvirt of this machine has them. */
  readonly domains?: string;
}

export const fromOption = (): Option => new Option("--from <source>", SOURCES_UNDERSTOOD).default(DEFAULT_SOURCE);
export const profileOption = (): Option => new Option("--profile <name>", "another kernel than the source names");

export const domainsOption = (): Option =>
  new Option("--domains <path>", "libvirt's XML of virtual machines, a file or a directory: the names of guests");

export interface HostFound extends OpenHost {
  readonly warnings: readonly string[];
}

/** The caller must close it. @throws UserError a source that cannot be used */
export async function openHostFrom(options: HostOptions): Promise<HostFound> {
  const { value, warnings } = usable(await openHost(options.from, chosenProfile(options), options.domains));
  return { ...value, warnings };
}

/** The host as it is now. @throws UserError a source that cannot be used */
export async function hostFrom(options: HostOptions): Promise<HostFound> {
  const found = await openHostFrom(options);
  found.close();
  return found;
}
