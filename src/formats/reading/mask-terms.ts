// Masks as lists of numbers and ranges, the way chzdev and the kernel's relative masks have them: `0-4,7-0xff`, `-5,-0x10-0x1f`.
import { hex } from "../../system/ap/hex.ts";
import { type Apid, type Apqi, ID_LIMIT } from "../../system/ap/id.ts";
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

/** Runs of neighbours among the ids that are chosen, ascending. */
function runs(isChosen: (id: number) => boolean): readonly string[] {
  const found: string[] = [];
  for (let id = 0; id < ID_LIMIT; id++) {
    if (!isChosen(id)) continue;
    const from = id;
    while (id + 1 < ID_LIMIT && isChosen(id + 1)) id++;
    found.push(from === id ? number(id) : `${number(from)}-${number(id)}`);
  }
  return found;
}

/** The bits that are on. Empty for an empty mask. */
export const absoluteTerms = <I extends MaskId>(mask: Mask<I>): readonly string[] => runs((id) => mask.has(id as I));

/** The changes from one mask to the other, `+` and `-` terms in ascending order. Empty if there are none. */
export function relativeTerms<I extends MaskId>(from: Mask<I>, to: Mask<I>): readonly string[] {
  const off = runs((id) => from.has(id as I) && !to.has(id as I)).map((run) => `-${run}`);
  const on = runs((id) => !from.has(id as I) && to.has(id as I)).map((run) => `+${run}`);
  return [...off, ...on];
}
