// The kernel's side of /dev/fuse, played by a test: requests as the kernel makes them, replies and notices taken apart. In either byte
// order, whatever this machine's is. Written from the kernel's structures (include/uapi/linux/fuse.h), not with the server's frames.

import { type FuseBackend, FuseServer } from "../../lab/fuse/fuse-server.ts";
import type { Result } from "../../system/ap/result.ts";
import type { Directory } from "../../system/sysfs/node.ts";
import type { Written } from "../../system/sysfs/sysfs.ts";

/** Numbers of a frame, written one after the other. */
export class Bytes {
  readonly #little: boolean;
  readonly #parts: Buffer[] = [];

  constructor(little: boolean) {
    this.#little = little;
  }

  #number(size: 2 | 4 | 8, value: bigint): this {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) {
      bytes[this.#little ? i : size - 1 - i] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
    this.#parts.push(bytes);
    return this;
  }

  u32(value: number): this {
    return this.#number(4, BigInt(value >>> 0));
  }

  u64(value: bigint | number): this {
    return this.#number(8, BigInt(value));
  }

  text(value: string): this {
    this.#parts.push(Buffer.from(value, "latin1"));
    return this;
  }

  all(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Numbers of a frame, read in place. */
export class Numbers {
  readonly bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer, little: boolean) {
    this.bytes = bytes;
    this.#little = little;
  }

  #number(at: number, size: number): bigint {
    let value = 0n;
    for (let i = 0; i < size; i++) {
      value = (value << 8n) | BigInt(this.bytes[this.#little ? at + size - 1 - i : at + i] as number);
    }
    return value;
  }

  u16(at: number): number {
    return Number(this.#number(at, 2));
  }

  u32(at: number): number {
    return Number(this.#number(at, 4));
  }

  u64(at: number): bigint {
    return this.#number(at, 8);
  }
}

export interface Reply {
  readonly unique: bigint;
  /** 0, or an error number. */
  readonly errno: number;
  readonly body: Numbers;
}

export interface Notice {
  readonly code: number;
  readonly parent: bigint;
  readonly child: bigint;
  readonly name: string;
}

export interface Entry {
  readonly id: bigint;
  readonly mode: number;
  readonly size: bigint;
}

const OUT_HEADER = 16;

export interface FakeKernelOptions {
  readonly little?: boolean;
  readonly write?: FuseBackend["write"];
}

const NOTHING_WRITTEN: Result<Written> = { ok: true, value: { bytes: 0, outcome: "stored" } };

export class FakeKernel {
  readonly server: FuseServer;
  readonly little: boolean;
  readonly replies: Reply[] = [];
  readonly notices: Notice[] = [];
  readonly bugs: unknown[] = [];
  /** Calls to make when the notices have been taken; undefined: they are taken at once. */
  held: (() => void)[] | undefined;
  /** Calls to make when the process that waits is killed; undefined: it is being killed when a signal comes. */
  watched: (() => void)[] | undefined;
  #unique = 0n;

  constructor(root: Directory, { little = true, write = () => NOTHING_WRITTEN }: FakeKernelOptions = {}) {
    this.little = little;
    this.server = new FuseServer(
      { root, write },
      {
        little,
        uid: 0,
        gid: 0,
        time: 1,
        now: () => 2,
        reply: (frame) => this.replies.push(this.#reply(frame)),
        notify: (frame) => this.notices.push(this.#notice(frame)),
        afterNotices: (then) => (this.held ? void this.held.push(then) : then()),
        whenKilled: (_pid, then) => {
          if (this.watched) this.watched.push(then);
          else then();
          return () => void this.watched?.splice(0);
        },
        onBug: (error) => this.bugs.push(error),
      },
    );
  }

  #reply(frame: Buffer): Reply {
    const numbers = new Numbers(Buffer.from(frame), this.little);
    if (numbers.u32(0) !== frame.length)
      throw new Error(`a reply says ${numbers.u32(0)} bytes and has ${frame.length}`);
    // The kernel takes 0 and -511..-1, and an error has nothing after its header.
    const errno = numbers.u32(4) === 0 ? 0 : 2 ** 32 - numbers.u32(4);
    if (errno < 0 || errno > 511) throw new Error(`a reply with error ${errno}`);
    if (errno > 0 && frame.length > OUT_HEADER) throw new Error("an error with something after it");
    const body = new Numbers(numbers.bytes.subarray(OUT_HEADER), this.little);
    return { unique: numbers.u64(8), errno, body };
  }

  #notice(frame: Buffer): Notice {
    const numbers = new Numbers(Buffer.from(frame), this.little);
    if (numbers.u32(0) !== frame.length || numbers.u64(8) !== 0n) throw new Error("a malformed notice");
    const [parent, child, length] = [numbers.u64(16), numbers.u64(24), numbers.u32(32)];
    const name = numbers.bytes.toString("latin1", 40, 40 + length);
    if (frame.length !== 40 + length + 1 || frame.at(-1) !== 0)
      throw new Error("a notice's name does not end with NUL");
    return { code: numbers.u32(4), parent, child, name };
  }

  frame(): Bytes {
    return new Bytes(this.little);
  }

  /** A whole request. @returns its number */
  send(opcode: number, node: bigint, body: Buffer = Buffer.alloc(0)): bigint {
    const unique = ++this.#unique;
    const header = this.frame()
      .u32(40 + body.length)
      .u32(opcode)
      .u64(unique)
      .u64(node);
    header.u32(0).u32(0).u32(1).u32(0);
    this.server.receive(Buffer.concat([header.all(), body]));
    return unique;
  }

  /** A request that has to be answered now, and once. */
  ask(opcode: number, node: bigint, body?: Buffer): Reply {
    const before = this.replies.length;
    const unique = this.send(opcode, node, body);
    const reply = this.replies.at(-1);
    if (this.replies.length !== before + 1 || reply?.unique !== unique)
      throw new Error(`opcode ${opcode} had no reply`);
    return reply;
  }

  init(flags = 0xffffffff): Reply {
    return this.ask(26, 0n, this.frame().u32(7).u32(45).u32(131072).u32(flags).text("\0".repeat(48)).all());
  }

  #asked(opcode: number, node: bigint, body: Bytes): Numbers {
    const { errno, body: numbers } = this.ask(opcode, node, body.all());
    if (errno !== 0) throw new Error(`errno ${errno}`);
    return numbers;
  }

  /** @throws Error "errno N" */
  lookUp(parent: bigint, name: string): Entry {
    const numbers = this.#asked(1, parent, this.frame().text(`${name}\0`));
    if (numbers.bytes.length !== 128) throw new Error("an entry has 128 bytes");
    return { id: numbers.u64(0), mode: numbers.u32(100), size: numbers.u64(48) };
  }

  /** Every name of a path looked up. */
  walk(path: string): Entry {
    let entry: Entry = { id: 1n, mode: 0o40755, size: 0n };
    for (const name of path.split("/")) entry = this.lookUp(entry.id, name);
    return entry;
  }

  /** A descriptor. */
  open(node: bigint, flags = 0): bigint {
    return this.#asked(14, node, this.frame().u32(flags).u32(0)).u64(0);
  }

  read(fh: bigint, offset = 0, size = 4096): string {
    return this.#asked(15, 0n, this.#readBody(fh, offset, size)).bytes.toString("latin1");
  }

  #readBody(fh: bigint, offset: number, size: number): Bytes {
    return this.frame().u64(fh).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0);
  }

  writeBody(fh: bigint, value: string, offset = 0): Buffer {
    return this.frame().u64(fh).u64(offset).u32(value.length).u32(0).u64(0).u32(0).u32(0).text(value).all();
  }

  /** How many bytes were taken. */
  write(fh: bigint, value: string): number {
    const { errno, body } = this.ask(16, 0n, this.writeBody(fh, value));
    if (errno !== 0) throw new Error(`errno ${errno}`);
    return body.u32(0);
  }

  openDirectory(node: bigint): bigint {
    return this.#asked(27, node, this.frame().u32(0).u32(0)).u64(0);
  }

  /** One page of a listing: names with their types, and where the next page begins. */
  readDirectory(fh: bigint, offset: number, size: number): { readonly names: string[]; readonly next: number } {
    const { bytes, ...numbers } = this.#entries(fh, offset, size);
    const names: string[] = [];
    let next = offset;
    for (let at = 0; at < bytes.length; ) {
      next = Number(numbers.u64(at + 8));
      const length = numbers.u32(at + 16);
      names.push(`${bytes.toString("latin1", at + 24, at + 24 + length)}:${numbers.u32(at + 20)}`);
      at += 24 + Math.ceil(length / 8) * 8;
    }
    return { names, next };
  }

  #entries(fh: bigint, offset: number, size: number) {
    const numbers = this.#asked(28, 0n, this.#readBody(fh, offset, size));
    if (numbers.bytes.length > size) throw new Error("a page is longer than the room for it");
    return {
      bytes: numbers.bytes,
      u32: (at: number) => numbers.u32(at),
      u64: (at: number) => numbers.u64(at),
    };
  }

  release(fh: bigint, opcode: 18 | 29 = 18): void {
    this.#asked(opcode, 0n, this.frame().u64(fh).u32(0).u32(0).u64(0));
  }

  forget(node: bigint, lookups: number): void {
    this.send(2, node, this.frame().u64(lookups).all());
  }
}
