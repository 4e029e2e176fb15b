// What --from leads to: a /sys to read, list and write, whether it is alive, and what else its source knows.

import { formatInputError, type InputError } from "../formats/reading/input-error.ts";
import type { RunningGuest } from "../system/sysfs/running-guests.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";

export interface Source {
  /** If the source is alive, every call reads it again. */
  readonly sysfs: Sysfs;
  /** It can change, and writes to it take effect: a mounted /sys, a lab. */
  readonly isLive: boolean;
  /** Which host this is, for people. */
  readonly describes: string;
  /** Running guests by the uuid of their mdev. Only a host in memory knows them: in sysfs a guest has no name. */
  readonly guests: ReadonlyMap<string, RunningGuest> | undefined;
  /** Names that people gave to mdevs, by uuid, if a description has them: a kernel does not know them. */
  readonly labels?: ReadonlyMap<string, string>;
  /** The kernel whose rules the host follows, if it is one of ours, or the one that the user chose. */
  readonly profile: Profile | undefined;
  /** Version of its kernel, such as `6.12.9-300`, if that is the kernel of this machine. */
  readonly release?: string | undefined;
  /** The host itself, if it is in memory, or a lab's. It must not be changed. */
  readonly host: Host | undefined;
  /** The same host with the insides of its guests, if guests have a Linux of their own there. It must not be changed either. */
  readonly inside?: Player | undefined;
  /**
   * Calls the listener when it may look different; never, if nothing can change.
   *
   * @param interval milliseconds between two readings, if reading is the only way to see changes
   * @returns a function that ends it
   */
  watch(listener: () => void, interval?: number): () => void;
  close(): void;
}

/** How the name of a running lab as a source begins. */
export const LAB_PREFIX = "lab:";

/** A source that does not change. */
export const STILL = { isLive: false, watch: () => () => undefined, close: () => undefined } as const;

/** A mistake at a place in a file, or with a file or directory as a whole. */
export type SourceError = InputError | { readonly file: string; readonly message: string };

/** Warnings are one line each. The answer of a reader is also of this type. */
export type Opened<T = Source> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: SourceError };

export const cannotOpen = (file: string, message: string): Opened<never> => ({ ok: false, error: { file, message } });

/** One line. */
export const formatSourceError = (error: SourceError): string =>
  "line" in error ? formatInputError(error) : `${error.file}: ${error.message}`;
