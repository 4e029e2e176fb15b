// A copy of a host on which writes are tried, as often as one likes: the rules themselves say what a change does.
import type { Result } from "../../system/ap/result.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { copyState, restore, sameState, snapshot } from "../../system/machine/snapshot.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { hostSysfs, type Sysfs, type Written } from "../../system/sysfs/sysfs.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { copyHost } from "../../system/vfio-ap/copy-host.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

export class WhatIf {
  /** What it is a copy of. */
  readonly original: Host;
  readonly host: Host;
  readonly sysfs: Sysfs;

  /** @param host another copy of it, such as one that is observed */
  constructor(original: Host, host = copyHost(original)) {
    this.original = original;
    this.host = host;
    this.sysfs = hostSysfs(host);
  }

  /** The mdev of this name, in the copy. */
  mdev(name: string): Mdev | undefined {
    return mdevNamed(this.host, name);
  }

  /** As the original is now. */
  reset(): void {
    this.restore(this.original.state.words);
  }

  /** What the write answers; it has been done on the copy then. */
  try([path, value]: Write): Result<Written> {
    return this.sysfs.write(path, value);
  }

  /** Whether it succeeded. */
  write(write: Write): boolean {
    return this.try(write).ok;
  }

  /** The copy as it is now, to come back to. */
  save(): Uint32Array {
    return snapshot(this.host.state);
  }

  restore(saved: Uint32Array): void {
    // An mdev too many had the host moved to a larger buffer: back to one of the old size.
    if (saved.length !== this.host.state.words.length) this.host.state = copyState(this.original.state);
    restore(this.host.state, saved);
  }

  isAs(saved: Uint32Array): boolean {
    return sameState(saved, this.host.state.words);
  }
}
