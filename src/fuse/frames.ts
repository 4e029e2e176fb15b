// Frames of the FUSE protocol: requests taken apart, replies and notices put together. All in the byte order of the machine, which
// is an argument, so that both can be tested on either.
import { IN_HEADER, OUT_HEADER } from "./protocol.ts";

/** One request of the kernel. */
export interface Request {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: bigint;
  readonly uid: number;
  readonly pid: number;
  readonly body: Body;
}

/** Numbers and names in the body of a request, in the machine's byte order. */
export class Body {
  readonly #bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer, little: boolean) {
    this.#bytes = bytes;
    this.#little = little;
  }

  get length(): number {
    return this.#bytes.length;
  }

  u32(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  u64(at: number): bigint {
    return this.#little ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at);
  }

  /** A name that ends with a NUL. */
  name(at = 0): string {
    const end = this.#bytes.indexOf(0, at);
    return this.#bytes.toString("latin1", at, end < 0 ? undefined : end);
  }

  /** One character a byte. */
  text(at: number, length: number): string {
    return this.#bytes.toString("latin1", at, at + length);
  }
}

/** @returns undefined for fewer bytes than the frame says it has */
export function parseRequest(frame: Buffer, little: boolean): Request | undefined {
  if (frame.length < IN_HEADER) return undefined;
  const header = new Body(frame, little);
  const length = header.u32(0);
  if (length < IN_HEADER || length > frame.length) return undefined;
  return {
    opcode: header.u32(4),
    unique: header.u64(8),
    node: header.u64(16),
    uid: header.u32(24),
    pid: header.u32(32),
    body: new Body(frame.subarray(IN_HEADER, length), little),
  };
}

/** A frame being written: numbers are appended one after the other. */
export class Frame {
  #bytes: Buffer;
  readonly #little: boolean;
  #at = OUT_HEADER;

  constructor(little: boolean, size = 256) {
    this.#bytes = Buffer.alloc(OUT_HEADER + size);
    this.#little = little;
  }

  #grow(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#at + count));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }

  u16(value: number): this {
    this.#grow(2);
    if (this.#little) this.#bytes.writeUInt16LE(value, this.#at);
    else this.#bytes.writeUInt16BE(value, this.#at);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#grow(4);
    this.#u32At(this.#at, value);
    this.#at += 4;
    return this;
  }

  #u32At(at: number, value: number): void {
    if (this.#little) this.#bytes.writeUInt32LE(value >>> 0, at);
    else this.#bytes.writeUInt32BE(value >>> 0, at);
  }

  u64(value: bigint): this {
    this.#grow(8);
    if (this.#little) this.#bytes.writeBigUInt64LE(value, this.#at);
    else this.#bytes.writeBigUInt64BE(value, this.#at);
    this.#at += 8;
    return this;
  }

  zeros(count: number): this {
    this.#grow(count);
    this.#at += count;
    return this;
  }

  /** One byte a character. */
  text(value: string): this {
    this.#grow(value.length);
    this.#at += this.#bytes.write(value, this.#at, "latin1");
    return this;
  }

  /** Bytes behind the header so far. */
  get size(): number {
    return this.#at - OUT_HEADER;
  }

  /** The whole frame. `code` is minus the error of a reply, or the kind of a notice (whose unique is 0). */
  finish(unique: bigint, code: number): Buffer {
    this.#u32At(0, this.#at);
    this.#u32At(4, code);
    if (this.#little) this.#bytes.writeBigUInt64LE(unique, 8);
    else this.#bytes.writeBigUInt64BE(unique, 8);
    return this.#bytes.subarray(0, this.#at);
  }
}

export interface Stat {
  readonly ino: bigint;
  /** Type and permissions. */
  readonly mode: number;
  readonly size: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970: when the object came to be. */
  readonly time: bigint;
}

const BLOCK = 4096;

/** struct fuse_attr. */
export function appendStat(frame: Frame, { ino, mode, size, nlink, uid, gid, time }: Stat): Frame {
  frame.u64(ino).u64(BigInt(size)).u64(0n).u64(time).u64(time).u64(time);
  return frame.u32(0).u32(0).u32(0).u32(mode).u32(nlink).u32(uid).u32(gid).u32(0).u32(BLOCK).u32(0);
}
