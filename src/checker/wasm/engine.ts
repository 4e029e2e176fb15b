// The engine's side of it: a memory with arrays, and functions over them, as WebAssembly or, where that cannot be, as JavaScript.
import { MOST_PAGES } from "./binary.ts";
import { type ArrayPlace, compile } from "./compile.ts";

/** The engine's own kind of memory, or any buffer where there is none. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
}

// TypeScript knows of it only in a page's library; and there may be none, as with `node --jitless`.
declare const WebAssembly:
  | {
      readonly Memory: new (pages: { initial: number; maximum?: number; shared?: boolean }) => Memory;
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: Functions };
    }
  | undefined;

/** WebAssembly's memory has the first byte of a number first. On IBM Z the last is first, so arrays over it would say something else. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

const machine = typeof WebAssembly === "undefined" || !isLittleEndian ? undefined : WebAssembly;

/** Functions of whole numbers of 32 bits. */
export type Functions = Readonly<Record<string, (...numbers: number[]) => number>>;

const PAGE = 2 ** 16;
/** 4 GiB: places in a memory are numbers of 32 bits. */
export const MOST_BYTES = PAGE * MOST_PAGES;

/**
 * Memory of so many bytes, all zeros. What nobody has touched costs nothing.
 *
 * @throws RangeError if it is too much
 */
export function memoryOf(bytes: number, shared: boolean): Memory {
  const initial = Math.ceil(bytes / PAGE);
  try {
    if (machine) return new machine.Memory(shared ? { initial, maximum: MOST_PAGES, shared } : { initial });
  } catch {
    // It wants far more addresses than bytes, which a process may not have.
  }
  return { buffer: shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes) };
}

/** Modules by what they were compiled from. Threads can hand them to one another. */
export type Modules = Map<string, object>;

/** Somebody's own arrays in a memory, one behind the other, each at the beginning of a line of the processor's cache. */
export class Arrays {
  readonly memory: Memory;
  /** The first byte of them. */
  readonly from: number;
  readonly modules: Modules;
  readonly #to: number;
  #next: number;

  /** @param to the first byte that is not for them */
  constructor(memory: Memory, from: number, to: number, modules: Modules = new Map()) {
    this.memory = memory;
    this.from = from;
    this.modules = modules;
    this.#to = to;
    this.#next = from;
  }

  /** @throws RangeError if there is no room for so many numbers */
  take(length: number): Int32Array {
    const from = this.#next;
    this.#next += bytesFor(length);
    if (this.#next > this.#to) throw new RangeError(`no room for ${length} numbers more`);
    return new Int32Array(this.memory.buffer, from, length);
  }
}

const LINE = 64;

/** Bytes that an array takes. */
export const bytesFor = (length: number): number => Math.ceil((4 * length) / LINE) * LINE;

/**
 * Functions in the part of JavaScript that compile.ts knows.
 *
 * @param arrays what the source calls its arrays: those of `own`, and others in the same memory
 * @param imports what else it may call; nothing comes back from these
 */
export function functionsOf(
  own: Arrays,
  source: string,
  arrays: Readonly<Record<string, Int32Array>>,
  imports: Readonly<Record<string, (...numbers: number[]) => void>> = {},
): Functions {
  const { memory, from, modules } = own;
  if (!machine || !(memory instanceof machine.Memory)) return scriptOf(source, { ...arrays, ...imports });
  const place = ({ byteOffset }: Int32Array): ArrayPlace =>
    byteOffset >= from ? { byte: byteOffset - from, isOwn: true } : { byte: byteOffset, isOwn: false };
  const program = {
    source,
    arrays: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, place(array)])),
    imports: Object.fromEntries(Object.entries(imports).map(([name, { length }]) => [name, length])),
    shared: !(memory.buffer instanceof ArrayBuffer),
  };
  const key = JSON.stringify(program);
  const module = modules.get(key) ?? new machine.Module(compile(program));
  modules.set(key, module);
  return new machine.Instance(module, { env: { memory, own: from, ...imports } }).exports;
}

function scriptOf(source: string, around: Readonly<Record<string, unknown>>): Functions {
  const names = [...source.matchAll(/^function (\w+)/gm)].map(([, name]) => name);
  const make = new Function(...Object.keys(around), `"use strict"; ${source} return { ${names.join(", ")} };`);
  return make(...Object.values(around)) as Functions;
}
