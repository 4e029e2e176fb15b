// A grid as a piece of the picture: adapters across, domains down, every second row on a stripe. A very large one gets small
// cells, and neighbours in a row that are the same become one long cell.

import { adapterSpanText, domainSpanText, type Span } from "../../system/ap/id-span.ts";
import type { Grid, GridRow } from "./grid.ts";
import { Cells, DENSE, type Metrics, USUAL } from "./svg-cells.ts";
import type { SvgSign } from "./svg-signs.ts";
import { element, type SvgBlock, textElement, textWidth } from "./svg-text.ts";

const CAPTION_SIZE = 9;
const MARK_WIDTH = 20;
/** A stripe goes a little beyond what stands on it. */
const OVERHANG = 6;
/** Grids of more cells are drawn small. */
const MANY_CELLS = 2500;

export interface GridDrawing<Sign> {
  readonly signOf: (sign: Sign) => SvgSign;
  /** A second line below the number of an adapter. */
  readonly captionOf?: (span: Span) => string;
}

/** Where the columns of a grid are. */
interface Columns {
  readonly metrics: Metrics;
  readonly lefts: readonly number[];
  readonly widths: readonly number[];
  /** All of it, labels too. */
  readonly width: number;
}

export function gridBlock<Sign>(grid: Grid<Sign>, { signOf, captionOf }: GridDrawing<Sign>): SvgBlock {
  const { columns, rows } = grid;
  if (columns.length === 0 || rows.length === 0) return { width: 0, height: 0, body: "" };
  const layout = layoutOf(grid);
  const { metrics } = layout;
  const caption = metrics === DENSE ? undefined : captionOf;
  const top = caption ? 34 : 22;
  const lines = rows.map((row, at) => {
    const y = top + at * metrics.height;
    return [...rowLabel(row, y, layout, at % 2 === 0), ...rowCells(row, y, layout, signOf)].join("\n");
  });
  const body = [...lines, headings(columns, layout, caption)].join("\n");
  return { width: layout.width, height: top + rows.length * metrics.height, body };
}

function layoutOf({ columns, rows }: Grid<unknown>): Columns {
  const metrics = columns.length * rows.length > MANY_CELLS ? DENSE : USUAL;
  const widths = columns.map(({ first, last }) => (first === last ? metrics.width : metrics.wide));
  const longest = Math.max(...rows.map(({ span }) => textWidth(domainSpanText(span), metrics.font, "mono")));
  const lefts: number[] = [];
  let width = longest + MARK_WIDTH;
  for (const one of widths) {
    lefts.push(width);
    width += one;
  }
  return { metrics, lefts, widths, width };
}

function headings(
  columns: readonly Span[],
  { metrics, lefts, widths }: Columns,
  caption?: (span: Span) => string,
): string {
  const line = (textOf: (span: Span) => string, y: number, size: number, name: string): string => {
    const texts = columns.map((span, at) => {
      const x = (lefts[at] as number) + (widths[at] as number) / 2;
      return textElement(textOf(span), { x, y, "font-size": size });
    });
    return element("g", { class: `ap-id ap-middle ${name}` }, ...texts);
  };
  const numbers = line(adapterSpanText, 13, metrics.font, "ap-text ap-strong");
  return caption ? `${numbers}\n${line(caption, 26, CAPTION_SIZE, "ap-soft")}` : numbers;
}

function rowLabel(
  { span, mark }: GridRow<unknown>,
  y: number,
  { metrics, width }: Columns,
  striped: boolean,
): string[] {
  const { font, height } = metrics;
  const baseline = y + height / 2 + font / 3;
  const domain = domainSpanText(span);
  const lines: string[] = [];
  if (striped) {
    lines.push(element("rect", { x: -OVERHANG, y, width: width + 2 * OVERHANG, height, rx: 4, class: "ap-stripe" }));
  }
  lines.push(textElement(domain, { y: baseline, "font-size": font, class: "ap-id ap-text" }));
  if (mark !== " ") {
    const x = textWidth(domain, font, "mono") + 4;
    lines.push(textElement(mark, { x, y: baseline, "font-size": Math.min(font, 10), class: "ap-id ap-soft" }));
  }
  return lines;
}

function rowCells<Sign>(
  { signs }: GridRow<Sign>,
  y: number,
  { metrics, lefts, widths }: Columns,
  signOf: (sign: Sign) => SvgSign,
): string[] {
  const cells = new Cells(metrics);
  let from = 0;
  for (let at = 0; at < signs.length; at++) {
    const goesOn = metrics === DENSE && at + 1 < signs.length && signs[at + 1] === signs[at];
    if (goesOn) continue;
    const x = lefts[from] as number;
    const width = (lefts[at] as number) + (widths[at] as number) - x;
    cells.add(signOf(signs[at] as Sign), { x, y, width, height: metrics.height });
    from = at + 1;
  }
  return cells.elements();
}
