// What apply writes to: a lab by its socket, or a directory such as /sys, in which a removal may have to wait for a guest.
import { existsSync } from "node:fs";
import type { LiveHost } from "../../answers/apply/carry-out.ts";
import type { Result } from "../../system/ap/result.ts";
import type { Sysfs, Written } from "../../system/sysfs/sysfs.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import { writeMaybeWaiting } from "./waiting-write.ts";
import { obstacleToWriting } from "./writable.ts";

export class ApplyTarget implements LiveHost {
  readonly sysfs: Sysfs;
  /** Mdevs whose removal waits, each with the process that waits, if it is not this one. */
  readonly waiting = new Map<string, number | undefined>();
  readonly #directory: string | undefined;

  /** @param from the source that sysfs was opened from */
  constructor(from: string, sysfs: Sysfs) {
    this.sysfs = sysfs;
    this.#directory = existsSync(from) ? from : undefined;
  }

  /** Why the first of these paths that cannot be written cannot; undefined if all can be written. */
  obstacle = (paths: Iterable<string>): string | undefined =>
    this.#directory === undefined ? undefined : obstacleToWriting(this.#directory, paths);

  /** A removal in a directory is left to another process; every other write is one call. */
  async write(path: string, value: string): Promise<Result<Written>> {
    const file = writtenFile([path, value]);
    const removed = file.kind === "mdev" && file.attribute === "remove" ? file.uuid : undefined;
    if (removed === undefined || this.#directory === undefined) {
      const result = this.sysfs.write(path, value);
      if (removed !== undefined && result.ok && result.value.outcome === "waits") this.waiting.set(removed, undefined);
      return result;
    }
    const { result, waitsAs } = await writeMaybeWaiting(this.#directory, path, value);
    if (waitsAs !== undefined) this.waiting.set(removed, waitsAs);
    return result;
  }
}
