// Frames of the FUSE protocol: requests taken apart, replies and notices put together. All in the byte order of the machine, which
// is an argument, so that both can be tested on either.
import { IN_HEADER, OUT_HEADER } from "./fuse-protocol.ts";

const WORD = 2 ** 32;
/** Room for the answer to any request but a listing's. */
const FIRST_SIZE = 4096 + OUT_HEADER;

/** One request of the kernel. */
export interface Request {
  readonly opcode: number;
  readonly unique: number;
  readonly node: number;
  readonly uid: number;
  readonly pid: number;
  readonly body: RequestBytes;
}

/** Numbers and names in the body of a request, in the machine's byte order. */
export class RequestBytes {
  readonly #bytes: Buffer;
  readonly #little: boolean;
  readonly #start: number;
  readonly length: number;

  /** @param start where the body begins in the bytes */
  constructor(bytes: Buffer, little: boolean, start: number, length: number) {
    this.#bytes = bytes;
    this.#little = little;
    this.#start = start;
    this.length = length;
  }

  /** @throws RangeError the body is shorter */
  u32(at: number): number {
    if (at + 4 > this.length) throw new RangeError("the body of a request is too short");
    const from = this.#start + at;
    return this.#little ? this.#bytes.readUInt32LE(from) : this.#bytes.readUInt32BE(from);
  }

  /** 64 bits of which we use 53: numbers that count something. What is larger comes out as something large. */
  number(at: number): number {
    return this.#little ? this.u32(at) + this.u32(at + 4) * WORD : this.u32(at) * WORD + this.u32(at + 4);
  }

  /** A name that ends with a NUL, or with the body. */
  name(at = 0): string {
    const text = this.text(at, this.length);
    const end = text.indexOf("\0");
    return end < 0 ? text : text.slice(0, end);
  }

  /** One character a byte, as far as the body goes. */
  text(at: number, length: number): string {
    const end = Math.min(at + length, this.length);
    return this.#bytes.toString("latin1", this.#start + at, this.#start + end);
  }
}

/** @returns undefined for fewer bytes than the frame says it has */
export function parseRequest(frame: Buffer, little: boolean): Request | undefined {
  if (frame.length < IN_HEADER) return undefined;
  const header = new RequestBytes(frame, little, 0, IN_HEADER);
  const length = header.u32(0);
  if (length < IN_HEADER || length > frame.length) return undefined;
  return {
    opcode: header.u32(4),
    unique: header.number(8),
    node: header.number(16),
    uid: header.u32(24),
    pid: header.u32(32),
    body: new RequestBytes(frame, little, IN_HEADER, length - IN_HEADER),
  };
}

/**
 * A frame being written: numbers are appended one after the other. The same bytes serve one frame after the other, because making
 * new ones takes longer than all the rest; a frame is good until the next one is begun.
 */
export class Frame {
  #bytes = Buffer.alloc(FIRST_SIZE);
  readonly #little: boolean;
  #at = OUT_HEADER;

  constructor(little: boolean) {
    this.#little = little;
  }

  begin(): this {
    this.#at = OUT_HEADER;
    return this;
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

  /** A number below 2^53 as 64 bits. */
  u64(value: number): this {
    this.#grow(8);
    this.#u64At(this.#at, value);
    this.#at += 8;
    return this;
  }

  #u64At(at: number, value: number): void {
    this.#u32At(this.#little ? at : at + 4, value % WORD);
    this.#u32At(this.#little ? at + 4 : at, Math.floor(value / WORD));
  }

  zeros(count: number): this {
    this.#grow(count);
    this.#bytes.fill(0, this.#at, this.#at + count);
    this.#at += count;
    return this;
  }

  /** One byte a character. */
  text(value: string): this {
    this.#grow(value.length);
    this.#at += this.#bytes.write(value, this.#at, "latin1");
    return this;
  }

  /** Bytes after the header so far. */
  get size(): number {
    return this.#at - OUT_HEADER;
  }

  /** The whole frame. `code` is minus the error of a reply, or the kind of a notice (whose unique is 0). */
  finish(unique: number, code: number): Buffer {
    this.#u32At(0, this.#at);
    this.#u32At(4, code);
    this.#u64At(8, unique);
    return this.#bytes.subarray(0, this.#at);
  }
}

export interface Stat {
  readonly ino: number;
  /** Type and permissions. */
  readonly mode: number;
  readonly size: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970: when the object came to be. */
  readonly time: number;
  readonly accessed?: FuseTime;
  readonly modified?: FuseTime;
  /** Seconds since 1970: when somebody has changed what stands here. */
  readonly changed?: number;
}

/** A time that the kernel has given us: both words of its seconds, in the machine's order, and nanoseconds. */
export type FuseTime = readonly [word: number, word: number, nanoseconds: number];

const BLOCK = 4096;

/** struct fuse_attr. */
export function appendStat(frame: Frame, stat: Stat): Frame {
  const { ino, mode, size, nlink, uid, gid, time, accessed, modified, changed = time } = stat;
  frame.u64(ino).u64(size).u64(0);
  for (const given of [accessed, modified]) given ? frame.u32(given[0]).u32(given[1]) : frame.u64(time);
  frame
    .u64(changed)
    .u32(accessed?.[2] ?? 0)
    .u32(modified?.[2] ?? 0)
    .u32(0);
  return frame.u32(mode).u32(nlink).u32(uid).u32(gid).u32(0).u32(BLOCK).u32(0);
}
