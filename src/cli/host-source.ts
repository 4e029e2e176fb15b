// The host that --from leads to, and the options that every command has which reads one.
import { Option } from "commander";
import { isOfVfioAp } from "../answers/boot/boot-tree.ts";
import { UserError } from "../guards/user-error.ts";
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

export const NOT_LOADED = "vfio_ap is not loaded; modprobe vfio_ap loads it";

type Observable = Pick<HostFound, "observe">;

/** The host has an AP bus, and nothing of vfio_ap. */
export const isUnloaded = ({ observe }: Observable): boolean => observe().isVfioApLoaded === false;

/** @throws UserError one of these writes has no file, because vfio_ap is not loaded */
export function refuseUnloaded(
  found: Observable,
  { from }: HostOptions,
  writes: readonly { readonly path: string }[],
): void {
  const missing = isUnloaded(found) ? writes.find(({ path }) => isOfVfioAp(path))?.path : undefined;
  if (missing !== undefined)
    throw new UserError(`${from}: /sys/${missing} is not there: ${NOT_LOADED}; then try again`);
}

/** To be closed. @throws UserError a source that cannot be used */
export async function openHostFrom(options: HostOptions): Promise<HostFound> {
  const { value, warnings } = usable(await openHost(options.from, chosenProfile(options), options.domains));
  const found = { ...value, warnings };
  return isUnloaded(found) ? { ...found, warnings: [...warnings, `${options.from}: ${NOT_LOADED}`] } : found;
}

/** The host as it is now. @throws UserError a source that cannot be used */
export async function hostFrom(options: HostOptions): Promise<HostFound> {
  const found = await openHostFrom(options);
  found.close();
  return found;
}
