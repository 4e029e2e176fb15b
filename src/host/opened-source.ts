// What --from leads to: a /sys to look at, and what its source knows besides.
import type { RunningGuest } from "../sysfs/running-guests.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profiles.ts";
import { formatInputError, type InputError } from "./input-error.ts";

export interface Source {
  readonly sysfs: Sysfs;
  /** Which host this is, for people. */
  readonly describes: string;
  /** Running guests by the uuid of their mdev. Only a host in memory knows them: in sysfs a guest has no name. */
  readonly guests: ReadonlyMap<string, RunningGuest> | undefined;
  /** Whose rules the host follows, if those are ours. */
  readonly profile: Profile | undefined;
  /** The host itself, where it is in memory. */
  readonly host: Host | undefined;
}

/** A mistake at a place in a file, or with a file or directory as a whole. */
export type SourceError = InputError | { readonly file: string; readonly message: string };

/** Warnings are one line each. What opened a part of a source, a reader's answer, is one of these as well. */
export type Opened =
  | { readonly ok: true; readonly value: Source; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: SourceError };

export const cannotOpen = (file: string, message: string): Opened => ({ ok: false, error: { file, message } });

/** One line. */
export const formatSourceError = (error: SourceError): string =>
  "line" in error ? formatInputError(error) : `${error.file}: ${error.message}`;
