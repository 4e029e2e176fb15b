// Masks as lists of numbers and ranges, as in chzdev and the kernel's relative masks: `0-4,7-0xff`, `-5,-0x10-0x1f`.
import { hex } from "../../system/ap/hex.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { spansOf, spanText } from "../../system/ap/id-span.ts";
import { type Mask, newMask } from "../../system/ap/mask.ts";

type MaskId = Apid | Apqi;

/** All bits on: every queue is the host's, as after boot. */
export function fullMask<I extends MaskId>(): Mask<I> {
  const mask = newMask<I>();
  mask.fill();
  return mask;
}

/** Up to 9 a number is the same in both bases. */
const number = (id: number): string => (id < 10 ? `${id}` : hex(id));

/** Runs of neighbours among ascending ids. */
const runs = (ids: readonly MaskId[]): readonly string[] => spansOf(ids).map((span) => spanText(span, number));

/** The bits that are on. Empty for an empty mask. */
export const absoluteTerms = <I extends MaskId>(mask: Mask<I>): readonly string[] => runs(mask.ids());

/** The changes from one mask to the other: first `-` terms, then `+` terms, each ascending. Empty if there are none. */
export function relativeTerms<I extends MaskId>(from: Mask<I>, to: Mask<I>): readonly string[] {
  const off = runs(from.ids().filter((id) => !to.has(id))).map((run) => `-${run}`);
  const on = runs(to.ids().filter((id) => !from.has(id))).map((run) => `+${run}`);
  return [...off, ...on];
}
