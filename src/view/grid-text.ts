// A grid as lines of text, cut into blocks of adapters where it is wider than 80 characters.
import type { Grid } from "./grid.ts";
import { adapterSpanText, domainSpanText } from "./id-span.ts";
import type { Paint } from "./paint.ts";
import type { TableSign } from "./table-signs.ts";

export const WIDTH = 80;
const HEADING = "DOMAIN";

/** @param signOf the character of each sign, one or two columns wide */
export function gridText<Sign>(grid: Grid<Sign>, signOf: (sign: Sign) => TableSign, paint: Paint): string[] {
  if (grid.columns.length === 0 || grid.rows.length === 0) return [];
  const labels = grid.rows.map(({ span, mark }) => ({ domain: domainSpanText(span), mark }));
  const domainWidth = Math.max(...labels.map(({ domain }) => domain.length));
  const labelWidth = Math.max(domainWidth + 2, HEADING.length);
  const headings = grid.columns.map(adapterSpanText);

  return blocksOf(headings, WIDTH - labelWidth).flatMap((block, at) => {
    const heading = HEADING.padEnd(labelWidth) + block.map((column) => ` ${headings[column]}`).join("");
    const rows = grid.rows.map(({ signs }, row) => {
      const { domain, mark } = labels[row] as (typeof labels)[number];
      const cells = block.map((column) => {
        const { text, style } = signOf(signs[column] as Sign);
        return ` ${paint(text.padStart((headings[column] as string).length), style)}`;
      });
      return `${domain.padEnd(domainWidth)} ${mark}`.padEnd(labelWidth) + cells.join("");
    });
    const rule = "-".repeat(heading.length);
    return [...(at > 0 ? [""] : []), paint(heading, "heading"), rule, ...rows.map((row) => row.trimEnd())];
  });
}

/** Columns, by their places, that stand side by side: each takes its heading and a blank. */
function blocksOf(headings: readonly string[], width: number): number[][] {
  const blocks: number[][] = [];
  let left = 0;
  for (const [at, heading] of headings.entries()) {
    const needed = heading.length + 1;
    if (blocks.length === 0 || needed > left) {
      blocks.push([]);
      left = width;
    }
    (blocks.at(-1) as number[]).push(at);
    left -= needed;
  }
  return blocks;
}
