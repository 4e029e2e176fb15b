// A grid as lines of text, cut into blocks of adapters where it is wider than 80 characters.

import { adapterSpanText, domainSpanText } from "../../system/ap/id-span.ts";
import { columnsOf, type Grid, linesThatFit } from "./grid.ts";
import type { Paint } from "./paint.ts";
import type { TableSign } from "./table-signs.ts";

const WIDTH = 80;
const HEADING = "DOMAIN";

type SignOf<Sign> = (sign: Sign) => TableSign;

/** @param signOf the character of each sign, one or two columns wide */
export function gridText<Sign>(grid: Grid<Sign>, signOf: SignOf<Sign>, paint: Paint): string[] {
  if (grid.columns.length === 0 || grid.rows.length === 0) return [];
  const domainWidth = Math.max(...grid.rows.map(({ span }) => domainSpanText(span).length));
  const labelWidth = Math.max(domainWidth + " B".length, HEADING.length);
  // Each column takes its heading and a blank.
  const needed = grid.columns.map((column) => adapterSpanText(column).length + 1);
  const blocks = linesThatFit([...needed.keys()], WIDTH - labelWidth, (place) => needed[place] ?? 0);
  return blocks.flatMap((places, at) => {
    const lines = blockText(columnsOf(grid, places), labelWidth, signOf, paint);
    return at > 0 ? ["", ...lines] : lines;
  });
}

function blockText<Sign>(
  { columns, rows }: Grid<Sign>,
  labelWidth: number,
  signOf: SignOf<Sign>,
  paint: Paint,
): string[] {
  const headings = columns.map(adapterSpanText);
  const heading = HEADING.padEnd(labelWidth) + headings.map((adapters) => ` ${adapters}`).join("");
  const lines = rows.map(({ span, mark, signs }) => {
    const cells = signs.map((sign, at) => {
      const { text, style } = signOf(sign);
      return ` ${paint(text.padStart(headings[at]?.length ?? 0), style)}`;
    });
    const label = `${domainSpanText(span).padEnd(labelWidth - " B".length)} ${mark}`;
    return (label + cells.join("")).trimEnd();
  });
  return [paint(heading, "heading"), "-".repeat(heading.length), ...lines];
}

/** A sentence in lines of at most 80 characters, each after this indent. */
export function wrapText(sentence: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}
