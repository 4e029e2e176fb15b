// The texts of apmask and aqmask in a host description: what one would echo into the attribute after boot, when all bits are on. Only
// the unambiguous part of the kernel's grammar (system/sysfs/mask-grammar.ts) is accepted.
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { parseMask } from "../../system/sysfs/mask-grammar.ts";
import { echo, type Reading, refuse, taken } from "./input-error.ts";
import { fullMask, relativeTerms } from "./mask-terms.ts";
import { readNumber } from "./number-text.ts";

const ABSOLUTE = /^0x[0-9a-fA-F]{1,64}$/;
const RELATIVE = /^(?:[+-][0-9a-zA-Z]+(?:-[0-9a-zA-Z]+)?(?:,|$))+$/;
const NUMBER = /[0-9a-zA-Z]+/g;
/** Characters that the kernel takes in one write. */
const LONGEST = 4096;

/** The forms that ABSOLUTE and RELATIVE take, for an editor's JSON Schema. */
export const MASK_PATTERN = `${ABSOLUTE.source}|${RELATIVE.source}`;

const EXPECTED = "expected a mask: 0x and 1 to 64 hex digits, or +/- terms such as -5,-0x10-0x1f";

/**
 * The mask after its text was written to an attribute that had all bits on.
 *
 * @returns the mask; or why the text is not a mask, or is ambiguous (`-010`, `-0047`)
 * @see docs/kernel/bus.md §1.2
 */
export function readMask<I extends Apid | Apqi>(text: string): Reading<Mask<I>> {
  const isRelative = text.length <= LONGEST && RELATIVE.test(text);
  if (!isRelative && !ABSOLUTE.test(text)) return refuse(`${EXPECTED}, found ${echo(text)}`);
  for (const [number] of isRelative ? text.matchAll(NUMBER) : []) {
    // The kernel would read 010 as octal, but a reader as decimal or hex.
    const reading = readNumber(number, "a bit number", 0xff);
    if (!reading.ok) return reading;
  }
  const value = parseMask(text, fullMask<I>());
  return value ? taken(value) : refuse(`${EXPECTED}, each range with its lower end first, found ${echo(text)}`);
}

/** A mask as the shortest text for a description; undefined for all bits on. */
export function maskText<I extends Apid | Apqi>(mask: Mask<I> | undefined): string | undefined {
  const terms = mask ? relativeTerms(fullMask<I>(), mask) : [];
  if (!mask || terms.length === 0) return undefined;
  const [absolute, relative] = [formatMask(mask), terms.join(",")];
  return relative.length <= absolute.length ? relative : absolute;
}
