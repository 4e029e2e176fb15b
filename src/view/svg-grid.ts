// A grid as a piece of the picture: adapters across, domains down, every second row on a stripe.
import type { Grid, GridRow } from "./grid.ts";
import { adapterSpanText, domainSpanText, type Span } from "./id-span.ts";
import { outlinePath, type SvgSign } from "./svg-signs.ts";
import { type Block, element, textElement, textWidth } from "./svg-text.ts";

export const CELL = { width: 34, height: 26, gap: 3 } as const;
const WIDE_CELL = 48;
const SIZE = 12;
const SMALL = 9;
const MARK_WIDTH = 20;

export interface GridDrawing<Sign> {
  readonly signOf: (sign: Sign) => SvgSign;
  /** A second line below the number of an adapter. */
  readonly captionOf?: (span: Span) => string;
}

export function gridBlock<Sign>(grid: Grid<Sign>, { signOf, captionOf }: GridDrawing<Sign>): Block {
  const { columns, rows } = grid;
  if (columns.length === 0 || rows.length === 0) return { width: 0, height: 0, body: "" };
  const widths = columns.map(({ first, last }) => (first === last ? CELL.width : WIDE_CELL));
  const labelWidth = Math.max(...rows.map(({ span }) => textWidth(domainSpanText(span), SIZE, "mono"))) + MARK_WIDTH;
  const lefts = widths.map((_, at) => labelWidth + widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  const top = captionOf ? 34 : 22;
  const width = labelWidth + widths.reduce((sum, one) => sum + one, 0);

  const headings = columns.map((span, at) => {
    const x = (lefts[at] as number) + (widths[at] as number) / 2;
    const number = textElement(adapterSpanText(span), {
      x,
      y: 13,
      "font-size": SIZE,
      class: "ap-id ap-text ap-strong ap-middle",
    });
    if (!captionOf) return number;
    return number + textElement(captionOf(span), { x, y: 26, "font-size": SMALL, class: "ap-id ap-soft ap-middle" });
  });
  const cells = new Cells();
  for (const [row, { signs }] of rows.entries()) {
    for (const [column, sign] of signs.entries()) {
      cells.add(signOf(sign), {
        x: lefts[column] as number,
        y: top + row * CELL.height,
        width: widths[column] as number,
        height: CELL.height,
      });
    }
  }
  const lines = rows.flatMap((row, at) => rowLabel(row, top + at * CELL.height, at % 2 === 0 ? width : 0));
  return {
    width,
    height: top + rows.length * CELL.height,
    body: [...lines, ...headings, ...cells.elements()].join("\n"),
  };
}

/** @param stripe width of the stripe behind it, 0 for none */
function rowLabel({ span, mark }: GridRow<unknown>, y: number, stripe: number): string[] {
  const baseline = y + CELL.height / 2 + 4;
  const domain = domainSpanText(span);
  const behind = element("rect", { x: -6, y, width: stripe + 12, height: CELL.height, rx: 4, class: "ap-stripe" });
  return [
    ...(stripe > 0 ? [behind] : []),
    textElement(domain, { y: baseline, "font-size": SIZE, class: "ap-id ap-text" }),
    ...(mark === " "
      ? []
      : [
          textElement(mark, {
            x: textWidth(domain, SIZE, "mono") + 4,
            y: baseline,
            "font-size": 10,
            class: "ap-id ap-soft",
          }),
        ]),
  ];
}

/** The cells of a grid, those of one class together. */
export class Cells {
  readonly #paths = new Map<string, string[]>();
  readonly #letters = new Map<string, string[]>();

  add({ outline, shapeClass, letter, letterClass }: SvgSign, cell: Parameters<typeof outlinePath>[1]): void {
    if (outline !== "none") {
      const { x, y, width, height } = cell;
      const { gap } = CELL;
      const box = { x: x + gap, y: y + gap, width: width - 2 * gap, height: height - 2 * gap };
      listIn(this.#paths, shapeClass).push(outlinePath(outline, box));
    }
    if (letter === "") return;
    const at = { x: cell.x + cell.width / 2, y: cell.y + cell.height / 2 + 4, "font-size": SIZE };
    listIn(this.#letters, letterClass).push(textElement(letter, at));
  }

  elements(): string[] {
    return [
      ...[...this.#paths].map(([name, paths]) => element("path", { class: name, d: paths.join("") })),
      ...[...this.#letters].map(([name, letters]) =>
        element("g", { class: `${name} ap-id ap-strong ap-middle` }, ...letters),
      ),
    ];
  }
}

function listIn(map: Map<string, string[]>, key: string): string[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
