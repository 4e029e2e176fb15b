// A copy of a host on which writes are tried, as often as needed: the rules themselves show what a change does.
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

  /** @param host the copy to use, such as one that is observed */
  constructor(original: Host, host = copyHost(original)) {
    this.original = original;
    this.host = host;
    this.sysfs = hostSysfs(host);
  }

  /** The mdev of this name, in the copy. */
  mdev(name: string): Mdev | undefined {
    return mdevNamed(this.host, name);
  }

  /** Makes the copy equal to the original again. */
  reset(): void {
    this.restore(this.original.state.words);
  }

  /** Does the write on the copy; @returns what it answers */
  try([path, value]: Write): Result<Written> {
    return this.sysfs.write(path, value);
  }

  /** Does the write on the copy; @returns whether it succeeded */
  write(write: Write): boolean {
    return this.try(write).ok;
  }

  /** The state of the copy now, to come back to. */
  save(): Uint32Array {
    return snapshot(this.host.state);
  }

  restore(saved: Uint32Array): void {
    // When there were too many mdevs, the host moved to a larger buffer: it goes back to one of the old size.
    if (saved.length !== this.host.state.words.length) this.host.state = copyState(this.original.state);
    restore(this.host.state, saved);
  }

  isAs(saved: Uint32Array): boolean {
    return sameState(saved, this.host.state.words);
  }
}
