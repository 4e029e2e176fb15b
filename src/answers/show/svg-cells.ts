// Cells of a grid, or samples in a legend, as shapes: those of one class are one path, and their letters one group.
import { outlinePath, type Rectangle, type SvgSign } from "./svg-signs.ts";
import { element, textElement } from "./svg-text.ts";

/** Sizes in a grid. */
export interface Metrics {
  readonly width: number;
  /** Of a column that stands for several adapters. */
  readonly wide: number;
  readonly height: number;
  /** Between a cell and its shape. */
  readonly gap: number;
  readonly font: number;
}

export const USUAL: Metrics = { width: 34, wide: 48, height: 26, gap: 3, font: 12 };
/** For grids of thousands of cells. Dashes are left out there, because browsers take very long for many of them. */
export const DENSE: Metrics = { width: 16, wide: 34, height: 14, gap: 1.5, font: 9 };

export class Cells {
  readonly #metrics: Metrics;
  readonly #paths = new Map<string, string[]>();
  readonly #letters = new Map<string, string[]>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  add({ outline, shapeClass, letter, letterClass }: SvgSign, { x, y, width, height }: Rectangle): void {
    const { gap, font } = this.#metrics;
    if (outline !== "none") {
      const name = this.#metrics === DENSE ? shapeClass.replace("ap-dashes", "ap-hollow") : shapeClass;
      const box = { x: x + gap, y: y + gap, width: width - 2 * gap, height: height - 2 * gap };
      listIn(this.#paths, name).push(outlinePath(outline, box));
    }
    if (letter === "") return;
    const at = { x: x + width / 2, y: y + height / 2 + font / 3, "font-size": font };
    listIn(this.#letters, letterClass).push(textElement(letter, at));
  }

  elements(): string[] {
    const paths = [...this.#paths].map(([name, data]) => element("path", { class: name, d: data.join("") }));
    const letters = [...this.#letters].map(([name, texts]) =>
      element("g", { class: `${name} ap-id ap-strong ap-middle` }, ...texts),
    );
    return [...paths, ...letters];
  }
}

function listIn(map: Map<string, string[]>, key: string): string[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
