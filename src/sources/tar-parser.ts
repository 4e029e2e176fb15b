// Reads a tar piece by piece as it comes. Entries are reported, with the content of those that are wanted. Nothing without a limit is kept,
// and an entry costs the same however many there are. It knows the old format, POSIX (ustar, pax) and GNU's long names.
import { UnsafeError } from "../guards/safe-open.ts";
import { must } from "../system/ap/assert.ts";
import { isTarHeader } from "./file-start.ts";

export type TarKind = "file" | "directory" | "symlink" | "other";

export interface TarEntry {
  readonly name: string;
  readonly kind: TarKind;
  /** Permissions. */
  readonly mode: number;
  /** Where a link leads. */
  readonly target: string;
  /** Bytes of content. */
  readonly size: number;
}

export interface TarReader {
  /** Whether the content of this entry is wanted. */
  readonly wants: (entry: TarEntry) => boolean;
  /** An entry, with its content if that was wanted. */
  readonly take: (entry: TarEntry, content: Buffer) => void;
}

export const BLOCK = 512;
/** Bytes of a long name, or of pax's members. */
const LONGEST_NAME = 1 << 16;
const MAGIC_AT = 257;
const CHECKSUM = { from: 148, to: 156 };
const KINDS: Readonly<Record<string, TarKind>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "2": "symlink",
  "5": "directory",
};
/** Entries that name the next entry: GNU's long names of a file and of a link's target, and pax's members. */
const EXTENSIONS = ["L", "K", "x", "g"];

const DECIMAL = /^\d+$/;

const textAt = (block: Buffer, from: number, length: number): string => {
  const end = block.indexOf(0, from);
  return block.toString("utf8", from, end < 0 || end > from + length ? from + length : end);
};

/** Octal digits, or GNU's form for large numbers: all bits but the first. NaN if it is not a number. */
function numberAt(block: Buffer, from: number, length: number): number {
  const first = must(block[from]);
  if (first < 0x80) return Number.parseInt(textAt(block, from, length).trim() || "0", 8);
  return block.subarray(from + 1, from + length).reduce((value, byte) => value * 256 + byte, first - 0x80);
}

/** The sum of all bytes, where those of the sum itself count as blanks. */
function sumOf(block: Buffer): number {
  let sum = (CHECKSUM.to - CHECKSUM.from) * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < CHECKSUM.from || at >= CHECKSUM.to) sum += must(block[at]);
  return sum;
}

const isEmpty = (block: Buffer): boolean => block.every((byte) => byte === 0);

/** `LENGTH NAME=VALUE\n`, one after the other. */
function paxMembers(content: Buffer): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(0x20, at);
    const length = blank < 0 ? Number.NaN : Number(content.toString("latin1", at, blank));
    if (!(length > blank - at)) break;
    const [name = "", ...value] = content.toString("utf8", blank + 1, at + length - 1).split("=");
    members.set(name, value.join("="));
    at += length;
  }
  return members;
}

export class TarParser {
  readonly #reader: TarReader;
  /** How many bytes were pushed. */
  bytes = 0;
  /** Where the last entry ends, with the block that must follow it. */
  end = BLOCK;
  entries = 0;
  #position = 0;
  /** The pieces of a header or of wanted content so far, and how long it will be. */
  #pieces: Buffer[] = [];
  #wanted = BLOCK;
  #collected = 0;
  #skip = 0;
  /** What is done with the content that comes next; undefined if a header comes next. */
  #use: ((content: Buffer) => void) | undefined;
  #names = new Map<string, string>();

  constructor(reader: TarReader) {
    this.#reader = reader;
  }

  /** @throws UnsafeError it is not a tar, or exceeds a limit */
  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      const piece = chunk.subarray(at, at + this.#wanted - this.#collected);
      at += piece.length;
      this.#collected += piece.length;
      this.#pieces.push(piece);
      if (this.#collected === this.#wanted) this.#finish();
    }
  }

  #finish(): void {
    const [first, ...more] = this.#pieces;
    const whole = first && more.length === 0 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#collected = 0;
    this.#wanted = BLOCK;
    const use = this.#use;
    this.#use = undefined;
    if (use) use(whole);
    else this.#header(whole);
  }

  #header(block: Buffer): void {
    this.#position += BLOCK;
    if (isEmpty(block)) return;
    if (numberAt(block, CHECKSUM.from, 8) !== sumOf(block)) throw new UnsafeError("a header of it is not one of a tar");
    const type = String.fromCharCode(must(block[156]));
    const entry = this.#entryOf(block, type);
    if (!Number.isSafeInteger(entry.size) || entry.size < 0) throw new UnsafeError("an entry of it has no length");
    const padded = Math.ceil(entry.size / BLOCK) * BLOCK;
    this.#position += padded;
    this.end = Math.max(this.end, this.#position + BLOCK);
    this.entries++;
    const isExtension = EXTENSIONS.includes(type);
    if (isExtension && entry.size > LONGEST_NAME)
      throw new UnsafeError(`a name in it is longer than ${LONGEST_NAME} bytes`);
    if (!isExtension) this.#names = new Map();
    const use = (content: Buffer): void => {
      if (isExtension) this.#extend(type, content);
      else this.#reader.take(entry, content);
    };
    if (entry.size === 0 || !(isExtension || this.#reader.wants(entry))) {
      this.#skip = padded;
      use(Buffer.alloc(0));
      return;
    }
    this.#wanted = entry.size;
    this.#use = (content) => {
      this.#skip = padded - entry.size;
      use(content);
    };
  }

  #entryOf(block: Buffer, type: string): TarEntry {
    const prefix = isTarHeader(block) && block[MAGIC_AT + 5] === 0 ? textAt(block, 345, 155) : "";
    const own = textAt(block, 0, 100);
    const name = this.#names.get("path") ?? (prefix === "" ? own : `${prefix}/${own}`);
    const isFolder = KINDS[type] === "file" && name.endsWith("/");
    const kind = isFolder ? "directory" : (KINDS[type] ?? "other");
    const said = this.#names.get("size");
    const size = said === undefined ? numberAt(block, 124, 12) : DECIMAL.test(said) ? Number(said) : Number.NaN;
    return {
      name,
      kind,
      mode: numberAt(block, 100, 8),
      target: this.#names.get("linkpath") ?? textAt(block, 157, 100),
      size: kind === "directory" ? 0 : size,
    };
  }

  #extend(type: string, content: Buffer): void {
    if (type === "L") this.#names.set("path", textAt(content, 0, content.length));
    else if (type === "K") this.#names.set("linkpath", textAt(content, 0, content.length));
    // Members for all entries (g) are only times and comments.
    else if (type === "x") for (const [name, value] of paxMembers(content)) this.#names.set(name, value);
  }
}
