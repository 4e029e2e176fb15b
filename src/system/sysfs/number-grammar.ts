// How the kernel reads numbers from text written to sysfs. docs/kernel/bus.md §1.1. Text is one character a byte, up to the
// first NUL.

/** Answers of kstrtoul that are not numbers. */
export const NOT_A_NUMBER = -1;
export const TOO_BIG = -2;

const ZERO = 48;
const NEWLINE = 10;

/** Value of a digit in any base up to 16; 99 for what is none. */
function digit(code: number): number {
  if (code >= ZERO && code < ZERO + 10) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : 99;
}

/** Where digits begin and in which base, by the prefix: 0x and a hex digit, else 0 octal, else decimal. */
function prefixAt(text: string, at: number): { readonly base: 8 | 10 | 16; readonly from: number } {
  if (text.charCodeAt(at) !== ZERO) return { base: 10, from: at };
  if ((text.charCodeAt(at + 1) | 0x20) === 120 && digit(text.charCodeAt(at + 2)) < 16)
    return { base: 16, from: at + 2 };
  return { base: 8, from: at };
}

function digitsEnd(text: string, from: number, base: number): number {
  let at = from;
  while (at < text.length && digit(text.charCodeAt(at)) < base) at++;
  return at;
}

const LIMIT = 1n << 64n;

/** Decimal digits that surely fit into 2^53. */
const SAFE_DIGITS = 13;

function bigValue(text: string, base: 8 | 10 | 16): bigint {
  const prefix = { 8: "0o", 10: "", 16: "0x" }[base];
  return BigInt(prefix + (text === "" ? "0" : text));
}

/**
 * kstrtoul with base 0: optional `+`, prefix, digits, optional newline, end.
 *
 * @returns the value, as exact as a double; TOO_BIG from 2^64 on, whatever follows the digits; NOT_A_NUMBER for anything else
 */
export function kstrtoul(text: string): number {
  const { base, from } = prefixAt(text, text.charCodeAt(0) === 43 ? 1 : 0);
  const end = digitsEnd(text, from, base);
  if (end === from) return NOT_A_NUMBER;
  let value = 0;
  if (end - from <= SAFE_DIGITS) {
    for (let at = from; at < end; at++) value = value * base + digit(text.charCodeAt(at));
  } else {
    const big = bigValue(text.slice(from, end), base);
    if (big >= LIMIT) return TOO_BIG;
    value = Number(big);
  }
  const rest = text.length - end;
  return rest === 0 || (rest === 1 && text.charCodeAt(end) === NEWLINE) ? value : NOT_A_NUMBER;
}

/** What simple_strtoul made of a text: the value modulo 2^64, and where it stopped. */
export interface LooseNumber {
  readonly value: bigint;
  readonly end: number;
}

/** simple_strtoul with base 0 from a place in a text: no sign, never fails, stops at the first character that is not a digit. */
export function simpleStrtoul(text: string, at: number): LooseNumber {
  const { base, from } = prefixAt(text, at);
  const end = digitsEnd(text, from, base);
  return { value: bigValue(text.slice(from, end), base) % LIMIT, end };
}

const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code === 0xa0;

/**
 * sscanf with %d (base 10) or %i (base by the prefix): leading blanks, optional `-`, digits; what follows does not matter.
 *
 * @returns the value cut to 32 bits, signed; undefined if there is no number
 */
export function sscanfInt(text: string, format: "%d" | "%i"): number | undefined {
  let at = 0;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  const negative = text.charCodeAt(at) === 45;
  if (negative) at++;
  if (!(digit(text.charCodeAt(at)) < 10)) return undefined;
  const value =
    format === "%i" ? simpleStrtoul(text, at).value : bigValue(text.slice(at, digitsEnd(text, at, 10)), 10) % LIMIT;
  return Number(BigInt.asIntN(32, negative ? -value : value));
}

/** kstrtobool: the first character decides, for o the second; undefined for anything else. */
export function kstrtobool(text: string): boolean | undefined {
  const first = text.charAt(0);
  if ("yYtT1".includes(first) && first !== "") return true;
  if ("nNfF0".includes(first) && first !== "") return false;
  if (first !== "o" && first !== "O") return undefined;
  const second = text.charAt(1).toLowerCase();
  if (second === "n") return true;
  return second === "f" ? false : undefined;
}
