// Attributes read as values. What is not there is undefined; what is there and cannot be read, or is not such a value, is noted as well.

import type { Errno } from "../ap/errno.ts";
import type { Id } from "../ap/id.ts";
import type { Mask } from "../ap/mask.ts";
import { parseMaskText } from "../ap/mask-text.ts";
import { quoted } from "../ap/quoted.ts";
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

  #note(path: string, errno: Errno, found?: string): void {
    if ((isGone(errno) && found === undefined) || this.#unreadable.some((one) => one.path === path)) return;
    this.#unreadable.push({ path, errno, ...(found !== undefined && { found }) });
  }

  /** The text as it is. */
  text(path: string): string | undefined {
    const read = this.#sysfs.read(path);
    if (read.ok) return read.value;
    this.#note(path, read.errno, read.why.kind === "not-readable" ? read.why.found : undefined);
    return undefined;
  }

  /** The text without its newline. */
  line(path: string): string | undefined {
    const text = this.text(path);
    return text?.endsWith("\n") ? text.slice(0, -1) : text;
  }

  /** What the text says; a text that says nothing of the kind is noted. */
  parsedText<T>(path: string, parse: (text: string) => T | undefined): T | undefined {
    return this.#understood(path, this.text(path), parse);
  }

  /** What the line says; a line that says nothing of the kind is noted. */
  parsed<T>(path: string, parse: (line: string) => T | undefined): T | undefined {
    return this.#understood(path, this.line(path), parse);
  }

  /** A line of this form. */
  matching(path: string, form: RegExp): string | undefined {
    return this.parsed(path, (line) => (form.test(line) ? line : undefined));
  }

  #understood<T>(path: string, text: string | undefined, parse: (text: string) => T | undefined): T | undefined {
    const value = text === undefined ? undefined : parse(text);
    if (text !== undefined && value === undefined) this.#note(path, "EINVAL", `holds ${quoted(text)}`);
    return value;
  }

  /** Every kernel has it. */
  lacks(path: string): void {
    this.#note(path, "ENOENT", "is not there");
  }

  /** A name that is not one of those that the kernel gives here. */
  odd(path: string): void {
    this.#note(path, "EINVAL", "is a name that the kernel does not give");
  }

  /** `1` or `0`. */
  flag(path: string): boolean | undefined {
    return this.parsed(path, (line) => (line === "1" ? true : line === "0" ? false : undefined));
  }

  /** Decimal digits; undefined for a number below zero, which says that there is none. */
  count(path: string, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const count = this.parsed(path, (line) =>
      /^-?\d{1,15}$/.test(line) && Number(line) <= most ? Number(line) : undefined,
    );
    return count === undefined || count < 0 ? undefined : count;
  }

  /** `0x` and 64 hex digits, which every kernel shows. */
  mask<I extends Id>(path: string): Mask<I> | undefined {
    const mask = this.parsed(path, (line) => parseMaskText<I>(line));
    if (mask === undefined) this.lacks(path);
    return mask;
  }

  names(directory: string): readonly string[] {
    const names = this.#sysfs.list(directory);
    if (names.ok) return names.value;
    this.#note(directory, names.errno, names.errno === "ENOTDIR" ? "is not a directory" : undefined);
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
