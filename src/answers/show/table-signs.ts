// The characters that stand for signs in a table: at most two columns wide, and all different without colour.
import type { GuestSign } from "./guest-grid.ts";
import type { HostSign, HostSignName } from "./host-grid.ts";
import type { Style } from "./paint.ts";

export interface TableSign {
  readonly text: string;
  readonly style: Style;
}

const HOST_SIGNS: Readonly<Record<HostSignName, TableSign>> = {
  host: { text: "H", style: "plain" },
  "host-not-online": { text: "h", style: "dim" },
  "no-driver": { text: "-", style: "bad" },
  unassigned: { text: "v", style: "warning" },
  "assigned-unseen": { text: "a", style: "warning" },
  unknown: { text: "?", style: "bad" },
  absent: { text: ".", style: "dim" },
};

export const hostTableSign = (sign: HostSign): TableSign =>
  typeof sign === "number" ? { text: mdevSign(sign), style: `mdev-${sign}` } : HOST_SIGNS[sign];

const NUMBERS = 99;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** 1 to 99, then aa to zz; there can be more mdevs than two characters can tell apart. */
export function mdevSign(number: number): string {
  if (number <= NUMBERS) return `${number}`;
  const past = number - NUMBERS - 1;
  const first = LETTERS[Math.floor(past / LETTERS.length)];
  return first === undefined ? "++" : `${first}${LETTERS[past % LETTERS.length]}`;
}

const GUEST_SIGNS: Readonly<
  Record<GuestSign, { readonly unicode: string; readonly ascii: string; readonly style: Style }>
> = {
  plugged: { unicode: "■", ascii: "#", style: "good" },
  filtered: { unicode: "□", ascii: "o", style: "warning" },
  "not-with-vfio-ap": { unicode: "×", ascii: "x", style: "bad" },
  "not-in-host": { unicode: "·", ascii: ".", style: "dim" },
  unknown: { unicode: "?", ascii: "?", style: "warning" },
  none: { unicode: " ", ascii: " ", style: "plain" },
};

export function guestTableSign(sign: GuestSign, ascii: boolean): TableSign {
  const { style, ...characters } = GUEST_SIGNS[sign];
  return { text: ascii ? characters.ascii : characters.unicode, style };
}
