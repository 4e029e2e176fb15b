// Numbers as people write them: decimal or 0x hex. Ambiguous digits are refused, and the message names both readings, because the same
// queue is 04.0047 in one tool and 4.71 in another.
import { hex } from "../../system/ap/hex.ts";
import { echo, type Reading, refuse, taken } from "./input-error.ts";

/** Both ends included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

const HEX = /^0[xX]([0-9a-fA-F]+)$/;
const DECIMAL = /^(?:0|[1-9][0-9]*)$/;
const LEADING_ZERO = /^0([0-9]+)$/;
const BARE_HEX = /^[0-9a-fA-F]+$/;
const RANGE = /^([0-9a-zA-Z]+)\s*-\s*([0-9a-zA-Z]+)$/;

/** The same two grammars for an editor's JSON Schema. */
export const NUMBER_PATTERN = "^(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$";
export const NUMBER_OR_RANGE_PATTERN =
  "^(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)(\\s*-\\s*(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*))?$";

/**
 * One number.
 *
 * @param what what the number is, for the message: "an adapter"
 * @param max highest number allowed
 */
export function readNumber(text: string, what: string, max: number): Reading<number> {
  const expected = `expected ${what} 0..${hex(max)} in decimal or 0x hex, found ${echo(text)}`;
  const digitsOfHex = HEX.exec(text)?.[1];
  if (digitsOfHex !== undefined || DECIMAL.test(text)) {
    const value = digitsOfHex !== undefined ? Number.parseInt(digitsOfHex, 16) : Number(text);
    return value <= max ? taken(value) : refuse(expected);
  }
  const digits = LEADING_ZERO.exec(text)?.[1];
  if (digits !== undefined) {
    const decimal = digits.replace(/^0+(?=.)/, "");
    return refuse(`${expected}: decimal ${decimal} or hex 0x${decimal}? write ${decimal} or 0x${decimal}`);
  }
  return refuse(BARE_HEX.test(text) ? `${expected}: write 0x${text} if it is hex` : expected);
}

/** One number or a range of two, `0x04-0x06` or `4-6`, the lower end first. */
export function readRange(text: string, what: string, max: number): Reading<NumberRange> {
  const [, first = text, last = first] = RANGE.exec(text) ?? [];
  const from = readNumber(first, what, max);
  if (!from.ok) return from;
  const to = readNumber(last, what, max);
  if (!to.ok) return to;
  if (to.value < from.value) return refuse(`expected a range with its lower end first, found ${echo(text)}`);
  return taken({ from: from.value, to: to.value });
}
