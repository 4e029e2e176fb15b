// A mask as text: 0x and 64 hex digits, id 0 leftmost. The one place where bits are counted from the left.
import { ID_LIMIT, type Id, NONE } from "./id.ts";
import { type Mask, newMask } from "./mask.ts";

const HEX = "0123456789abcdef";

/** `0x` + 64 lower case hex digits; ids the mask is too narrow for are off. */
export function formatMask(mask: Mask<Id>): string {
  const nibbles = new Uint8Array(ID_LIMIT / 4);
  for (let id = mask.next(0); id !== NONE; id = mask.next(id + 1)) {
    const at = id >> 2;
    nibbles[at] = (nibbles[at] as number) | (8 >> (id & 3));
  }
  let text = "0x";
  for (const nibble of nibbles) text += HEX[nibble];
  return text;
}

/** Adds the ids of one hex digit, 0..15: that at place 0 is ids 0..3, its highest bit the lowest of them. */
export function addNibble<I extends Id>(mask: Mask<I>, place: number, nibble: number): void {
  if (nibble === 0) return;
  for (let bit = 0; bit < 4; bit++) if (nibble & (8 >> bit)) mask.add((place * 4 + bit) as I);
}

const MASK_TEXT = /^0x[0-9a-f]{1,64}$/;

/**
 * A mask as traces hold it: 0x and up to 64 lower case hex digits, where missing ones at the right are 0, as in sysfs.
 *
 * @returns a mask of its own; undefined for any other text. What a user may write to sysfs is more: system/sysfs/mask-grammar.ts
 */
export function parseMaskText<I extends Id>(text: string): Mask<I> | undefined {
  if (!MASK_TEXT.test(text)) return undefined;
  const mask = newMask<I>();
  for (let place = 0; place < text.length - 2; place++) addNibble(mask, place, HEX.indexOf(text[place + 2] as string));
  return mask;
}
