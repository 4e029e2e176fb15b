// An APQN names one queue: adapter and domain. Always written 04.0047, in hex.
import { type Apid, type Apqi, asApid, asApqi, type Branded } from "./id.ts";

/** APID in bits 8..15, APQI in bits 0..7. */
export type Apqn = Branded<number, "Apqn">;

export const apqnOf = (apid: Apid, apqi: Apqi): Apqn => ((apid << 8) | apqi) as Apqn;
export const apidOf = (apqn: Apqn): Apid => asApid(apqn >> 8);
export const apqiOf = (apqn: Apqn): Apqi => asApqi(apqn & 0xff);

/** Two digits for each number below 256: at power on of a large host 131,072 names are written. */
const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/** An adapter as sysfs writes it: `04`. */
export const formatApid = (apid: Apid): string => HEX[apid] ?? apid.toString(16);
/** A domain or control domain as sysfs writes it: `0047`. */
export const formatApqi = (apqi: number): string =>
  apqi < 256 ? `00${HEX[apqi]}` : apqi.toString(16).padStart(4, "0");
/** A queue as sysfs writes it: `04.0047`. */
export const formatApqn = (apqn: Apqn): string => `${formatApid(apidOf(apqn))}.${formatApqi(apqiOf(apqn))}`;

const CARD_NAME = /^card([0-9a-f]{2})$/;

/** The name of a card device, `card04`; undefined for any other text. */
export function parseCardName(text: string): Apid | undefined {
  const match = CARD_NAME.exec(text);
  return match ? asApid(Number.parseInt(match[1] as string, 16)) : undefined;
}

/** Value of a lower case hex digit; NaN for any other character, or none. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : Number.NaN;
}

/** The name of a queue device, exactly as sysfs writes it; undefined for any other text (other widths, upper case, blanks). */
export function parseApqn(text: string): Apqn | undefined {
  if (text.length !== 7 || !text.startsWith(".00", 2)) return undefined;
  const apid = hexDigit(text, 0) * 16 + hexDigit(text, 1);
  const apqi = hexDigit(text, 5) * 16 + hexDigit(text, 6);
  return Number.isNaN(apid + apqi) ? undefined : apqnOf(asApid(apid), asApqi(apqi));
}
