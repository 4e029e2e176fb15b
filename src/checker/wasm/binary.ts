// The binary format of WebAssembly, as far as compile.ts needs it. Source: section 5 of the WebAssembly Core Specification 1.0.

export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  getLocal: 0x20,
  setLocal: 0x21,
  teeLocal: 0x22,
  getGlobal: 0x23,
  load: 0x28,
  store: 0x36,
  const: 0x41,
  isZero: 0x45,
  equal: 0x46,
  differs: 0x47,
  less: 0x48,
  greater: 0x4a,
  atMost: 0x4c,
  atLeast: 0x4e,
  add: 0x6a,
  subtract: 0x6b,
  multiply: 0x6c,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shiftLeft: 0x74,
  shiftRight: 0x75,
  shiftRightUnsigned: 0x76,
} as const;

/** Instructions on what several threads share: the first byte says so. */
export const ATOMIC = 0xfe;
export const ATOMIC_OP = { load: 0x10, compareExchange: 0x48 } as const;

export const I32 = 0x7f;
export const NO_VALUE = 0x40;
const FUNCTION_TYPE = 0x60;
const MEMORY = 0x02;
const GLOBAL = 0x03;
const CONSTANT = 0x00;
const FUNCTION = 0x00;
/** Limits of a memory: its least pages alone, or with the most of one that is shared. */
const UNSHARED = 0x00;
const SHARED = 0x03;
export const MOST_PAGES = 2 ** 16;

const SECTIONS = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

export type Bytes = readonly number[];

/** Pieces one behind the other. Code is long, so it is copied and not spread. */
function joined(...pieces: readonly (Bytes | Uint8Array)[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** A number from 0 to 2^32 - 1. */
export function unsigned(value: number): Bytes {
  if (value < 0x80) return [value];
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

/** A number from -2^31 to 2^31 - 1. */
export function signed(value: number): Bytes {
  if (value >= 0 && value < 0x40) return [value];
  const bytes: number[] = [];
  let rest = value;
  // One more bit than there are values in seven: the sign.
  for (; rest < -0x40 || rest >= 0x40; rest = Math.floor(rest / 0x80))
    bytes.push((((rest % 0x80) + 0x80) % 0x80) + 0x80);
  return [...bytes, ((rest % 0x80) + 0x80) % 0x80];
}

const vector = (items: readonly (Bytes | Uint8Array)[]): Uint8Array => joined(unsigned(items.length), ...items);
const text = (value: string): Bytes => {
  const codes = [...value].map((character) => character.charCodeAt(0));
  return [...unsigned(codes.length), ...codes];
};

export interface FunctionBody {
  readonly name: string;
  readonly parameters: number;
  /** Whether it returns a number. */
  readonly returns: boolean;
  readonly locals: number;
  readonly code: Bytes;
}

/** A function from outside that returns nothing. */
export interface FunctionImport {
  readonly name: string;
  readonly parameters: number;
}

/**
 * A module that imports `memory`, the number `own` and functions from "env", and exports all its functions. All numbers are of 32
 * bits.
 */
export function moduleOf(
  imports: readonly FunctionImport[],
  functions: readonly FunctionBody[],
  shared: boolean,
): Uint8Array {
  const limits = shared ? [SHARED, ...unsigned(1), ...unsigned(MOST_PAGES)] : [UNSHARED, ...unsigned(1)];
  const typeOf = (parameters: number, returns: boolean): Bytes => [
    FUNCTION_TYPE,
    ...vector(Array.from({ length: parameters }, () => [I32])),
    ...vector(returns ? [[I32]] : []),
  ];
  const types = [
    ...imports.map(({ parameters }) => typeOf(parameters, false)),
    ...functions.map(({ parameters, returns }) => typeOf(parameters, returns)),
  ];
  const body = ({ locals, code }: FunctionBody): Uint8Array => {
    const all = joined(vector([[...unsigned(locals), I32]]), code, [OP.end]);
    return joined(unsigned(all.length), all);
  };
  const section = (id: number, items: readonly (Bytes | Uint8Array)[]): Uint8Array => {
    const content = vector(items);
    return joined([id], unsigned(content.length), content);
  };
  const imported = [
    [...text("env"), ...text("memory"), MEMORY, ...limits],
    [...text("env"), ...text("own"), GLOBAL, I32, CONSTANT],
    ...imports.map(({ name }, n) => [...text("env"), ...text(name), FUNCTION, ...unsigned(n)]),
  ];
  const first = imports.length;
  return joined(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(SECTIONS.type, types),
    section(SECTIONS.import, imported),
    section(
      SECTIONS.function,
      functions.map((_, n) => unsigned(first + n)),
    ),
    section(
      SECTIONS.export,
      functions.map(({ name }, n) => [...text(name), FUNCTION, ...unsigned(first + n)]),
    ),
    section(SECTIONS.code, functions.map(body)),
  );
}
