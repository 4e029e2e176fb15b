// The engine's own side of WebAssembly: a memory and the functions of a module in it. TypeScript knows of it only in a page's library.

interface Memory {
  readonly buffer: ArrayBuffer;
}

declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, Numbers>> };
};

/** A function of whole numbers of 32 bits. */
export type Numbers = (...numbers: number[]) => number;

const PAGE = 2 ** 16;

/** Memory of at least so many bytes, all zeros. */
export const memoryOf = (bytes: number): Memory => new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });

/** The functions of a module that compile.ts made. */
export function instantiate(
  module: Uint8Array,
  memory: Memory,
  imports: Readonly<Record<string, Numbers | ((...numbers: number[]) => void)>>,
): Readonly<Record<string, Numbers>> {
  return new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory, ...imports } }).exports;
}

/** WebAssembly's memory has the first byte of a number first. Where the machine has the last first, arrays over it say something else. */
export const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
