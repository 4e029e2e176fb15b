// What --from leads to: a /sys to read, list and write, whether it is alive, and what its source knows besides.

import { formatInputError, type InputError } from "../formats/reading/input-error.ts";
import type { RunningGuest } from "../system/sysfs/running-guests.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";

export interface Source {
  /** Looked at anew with every call where the source is alive. */
  readonly sysfs: Sysfs;
  /** It changes by itself, and what is written to it happens: a mounted /sys, a lab. */
  readonly isLive: boolean;
  /** Which host this is, for people. */
  readonly describes: string;
  /** Running guests by the uuid of their mdev. Only a host in memory knows them: in sysfs a guest has no name. */
  readonly guests: ReadonlyMap<string, RunningGuest> | undefined;
  /** What people call the mdevs, by uuid, where a description says so: no kernel knows that. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Whose rules the host follows, if those are ours, or which the user has chosen. */
  readonly profile: Profile | undefined;
  /** Version of the kernel behind it, such as `6.12.9-300`, where it is that of this machine. */
  readonly release?: string | undefined;
  /** The host itself, where it is in memory, or a lab's. Not to be changed. */
  readonly host: Host | undefined;
  /**
   * Be told when it may look different. Where nothing can change that is never.
   *
   * @param interval milliseconds between two looks, where looking is the only way
   * @returns what ends it
   */
  watch(listener: () => void, interval?: number): () => void;
  close(): void;
}

/** How the name of a running lab as a source begins. */
export const LAB_PREFIX = "lab:";

/** A source that stays as it is. */
export const STILL = { isLive: false, watch: () => () => undefined, close: () => undefined } as const;

/** A mistake at a place in a file, or with a file or directory as a whole. */
export type SourceError = InputError | { readonly file: string; readonly message: string };

/** Warnings are one line each. What opened a part of a source, a reader's answer, is one of these as well. */
export type Opened<T = Source> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: SourceError };

export const cannotOpen = (file: string, message: string): Opened<never> => ({ ok: false, error: { file, message } });

/** One line. */
export const formatSourceError = (error: SourceError): string =>
  "line" in error ? formatInputError(error) : `${error.file}: ${error.message}`;
