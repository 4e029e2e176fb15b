// What the shapes mean, as a piece of the picture.
import { Cells, USUAL } from "./svg-cells.ts";
import type { SvgSign } from "./svg-signs.ts";
import { type SvgBlock, textElement, textWidth } from "./svg-text.ts";

export interface SvgMeaning {
  readonly sign: SvgSign;
  readonly means: string;
}

const SAMPLE = { width: 30, height: 24 } as const;
const SIZE = 12;
const BESIDE = 8;
const BETWEEN = 22;

/** Entries beside one another as far as there is room, then in the next line. */
export function legendBlock(entries: readonly SvgMeaning[], room: number): SvgBlock {
  const cells = new Cells(USUAL);
  const words: string[] = [];
  let [x, y, width] = [0, 0, 0];
  for (const { sign, means } of entries) {
    const wide = SAMPLE.width + BESIDE + textWidth(means, SIZE);
    if (x > 0 && x + wide > room) [x, y] = [0, y + SAMPLE.height];
    cells.add(sign, { x, y, ...SAMPLE });
    words.push(
      textElement(means, {
        x: x + SAMPLE.width + BESIDE,
        y: y + SAMPLE.height / 2 + 4,
        "font-size": SIZE,
        class: "ap-soft",
      }),
    );
    width = Math.max(width, x + wide);
    x += wide + BETWEEN;
  }
  const height = entries.length === 0 ? 0 : y + SAMPLE.height;
  return { width, height, body: [...cells.elements(), ...words].join("\n") };
}
