// Attributes read as values. What is not there, or is no such value, is undefined; what is there and cannot be read is noted.

import type { Errno } from "../ap/errno.ts";
import type { Id } from "../ap/id.ts";
import type { Mask } from "../ap/mask.ts";
import { parseMaskText } from "../ap/mask-text.ts";
import type { Unreadable } from "./observed-host.ts";
import type { Sysfs } from "./sysfs.ts";

/** A file that is not there, or went away while it was looked at. */
const isGone = (errno: Errno): boolean => errno === "ENOENT" || errno === "ENODEV" || errno === "ENOTDIR";

export class SysfsReader {
  readonly #sysfs: Sysfs;
  readonly #unreadable: Unreadable[] = [];

  constructor(sysfs: Sysfs) {
    this.#sysfs = sysfs;
  }

  get unreadable(): readonly Unreadable[] {
    return this.#unreadable;
  }

  #note(path: string, errno: Errno): void {
    if (!isGone(errno)) this.#unreadable.push({ path, errno });
  }

  /** The text as it is. */
  text(path: string): string | undefined {
    const read = this.#sysfs.read(path);
    if (read.ok) return read.value;
    this.#note(path, read.errno);
    return undefined;
  }

  /** The text without its newline. */
  line(path: string): string | undefined {
    const text = this.text(path);
    return text?.endsWith("\n") ? text.slice(0, -1) : text;
  }

  /** `1` or `0`. */
  flag(path: string): boolean | undefined {
    const line = this.line(path);
    if (line === "1") return true;
    return line === "0" ? false : undefined;
  }

  /** Decimal digits. */
  count(path: string): number | undefined {
    const line = this.line(path);
    return line !== undefined && /^\d{1,15}$/.test(line) ? Number(line) : undefined;
  }

  /** `0x` and 64 hex digits. */
  mask<I extends Id>(path: string): Mask<I> | undefined {
    const line = this.line(path);
    return line === undefined ? undefined : parseMaskText<I>(line);
  }

  names(directory: string): readonly string[] {
    const names = this.#sysfs.list(directory);
    if (names.ok) return names.value;
    this.#note(directory, names.errno);
    return [];
  }

  /** Last component of a link's target; null: there is no such link. */
  linked(path: string): string | null | undefined {
    const target = this.#sysfs.readlink(path);
    if (target.ok) return target.value.slice(target.value.lastIndexOf("/") + 1);
    this.#note(path, target.errno);
    return isGone(target.errno) ? null : undefined;
  }
}
