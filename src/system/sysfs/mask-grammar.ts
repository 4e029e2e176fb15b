// How the kernel reads masks from text: absolute hex, filled from id 0 on, or relative changes. docs/kernel/bus.md §1.2.
import { ID_LIMIT, type Id } from "../ap/id.ts";
import { type Mask, newMask } from "../ap/mask.ts";
import { addNibble } from "../ap/mask-text.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { simpleStrtoul } from "./number-grammar.ts";

type MaskNumbers = Profile["maskNumbers"];

const HEX_DIGITS = "0123456789abcdefABCDEF";
const MAX_DIGITS = ID_LIMIT / 4;

/**
 * An absolute mask: optional `0x` or `x`, up to 64 hex digits (fewer are padded on the right), optional newline. No digits at
 * all mean an empty mask.
 *
 * @returns a new mask; undefined if anything else is in the text
 */
export function parseAbsoluteMask<I extends Id>(text: string): Mask<I> | undefined {
  const mask = newMask<I>();
  let at = 0;
  if (text.startsWith("0x")) at = 2;
  else if (text.startsWith("x")) at = 1;
  for (let place = 0; place < MAX_DIGITS; place++, at++) {
    const digit = HEX_DIGITS.indexOf(text.charAt(at));
    if (digit < 0 || at >= text.length) break;
    addNibble(mask, place, digit >= 16 ? digit - 6 : digit);
  }
  if (text.charAt(at) === "\n") at++;
  return at === text.length ? mask : undefined;
}

const isSign = (character: string): boolean => character === "+" || character === "-";

/**
 * Changes to a mask: `+` or `-`, a number or a range, again and again; commas and newlines between them may be left out.
 *
 * @param numbers what this kernel cuts them to: 4294967300 is 4 in an int (before 6.10)
 * @returns a new mask; undefined for a missing sign or number, a number above 255, a range that runs backwards
 */
export function parseRelativeMask<I extends Id>(
  text: string,
  current: Mask<I>,
  numbers: MaskNumbers = "long",
): Mask<I> | undefined {
  const mask = newMask<I>();
  mask.copy(current);
  let at = 0;
  const number = (): number | undefined => {
    // A digit has to be there: simple_strtoul alone would read nothing as 0.
    if (!/^[0-9]$/.test(text.charAt(at))) return undefined;
    const { value, end } = simpleStrtoul(text, at);
    at = end;
    // Where it is negative the kernel writes beyond the mask; here nothing is written.
    const number = numbers === "int" ? BigInt.asIntN(32, value) : value;
    return number >= 0n && number < BigInt(ID_LIMIT) ? Number(number) : undefined;
  };
  while (at < text.length) {
    const sign = text.charAt(at++);
    if (!isSign(sign)) return undefined;
    const first = number();
    if (first === undefined) return undefined;
    let last: number | undefined = first;
    if (text.charAt(at) === "-") {
      at++;
      last = number();
      if (last === undefined || last < first) return undefined;
    }
    for (let id = first; id <= last; id++) mask.set(id as I, sign === "+");
    while (text.charAt(at) === "," || text.charAt(at) === "\n") at++;
  }
  return mask;
}

/** What a write to apmask or aqmask asks for: relative if it begins with a sign. */
export const parseMask = <I extends Id>(
  text: string,
  current: Mask<I>,
  numbers: MaskNumbers = "long",
): Mask<I> | undefined =>
  isSign(text.charAt(0)) ? parseRelativeMask(text, current, numbers) : parseAbsoluteMask<I>(text);
