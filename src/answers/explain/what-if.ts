// A copy of a host on which writes are tried, as often as one likes: the rules themselves say what a change does.

import type { Result } from "../../system/ap/result.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { copyState, restore, sameState, snapshot } from "../../system/machine/snapshot.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { hostSysfs, type Sysfs, type Written } from "../../system/sysfs/sysfs.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";

export class WhatIf {
  /** What it is a copy of. */
  readonly original: Host;
  #host: Host;
  #sysfs: Sysfs;

  constructor(original: Host) {
    this.original = original;
    this.#host = newHost(copyState(original.state), original.profile, vfioApDriver);
    this.#sysfs = hostSysfs(this.#host);
  }

  get host(): Host {
    return this.#host;
  }

  get sysfs(): Sysfs {
    return this.#sysfs;
  }

  /** The mdev of this name, in the copy. */
  mdev(name: string): Mdev | undefined {
    return mdevNamed(this.#host, name);
  }

  /** As the original is now. */
  reset(): void {
    if (this.#host.state.words.length === this.original.state.words.length) {
      restore(this.#host.state, this.original.state.words);
      return;
    }
    this.#host = newHost(copyState(this.original.state), this.original.profile, vfioApDriver);
    this.#sysfs = hostSysfs(this.#host);
  }

  /** What the write answers; it has been done on the copy then. */
  try([path, value]: Write): Result<Written> {
    return this.#sysfs.write(path, value);
  }

  /** Whether it succeeded. */
  write(write: Write): boolean {
    return this.try(write).ok;
  }

  /** The copy as it is now, to come back to. */
  save(): Uint32Array {
    return snapshot(this.#host.state);
  }

  restore(saved: Uint32Array): void {
    if (saved.length === this.#host.state.words.length) restore(this.#host.state, saved);
    else this.#moveTo(saved);
  }

  isAs(saved: Uint32Array): boolean {
    return sameState(saved, this.#host.state.words);
  }

  /** An mdev too many had the host moved to a larger buffer: back to one of the old size. */
  #moveTo(saved: Uint32Array): void {
    this.#host = newHost(copyState(this.original.state), this.original.profile, vfioApDriver);
    this.#sysfs = hostSysfs(this.#host);
    restore(this.#host.state, saved);
  }
}
