// Where the parts of the grid stand on its area: one part that can be moved, or several blocks that show all of it, and what each has at its
// left and above it. Lengths in CSS pixels.
import { type Apqn, apidOf, apqiOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { type Board, mostControls, queueAt } from "./board.ts";
import { type Cell, cellAt, type Extent, FOLD_GAP, type Fold, type Viewport, visible } from "./viewport.ts";

/** A part of the grid that stands together. */
export interface GridBlock {
  /** Where its first cell would be if it were not moved. */
  readonly origin: { readonly x: number; readonly y: number };
  readonly viewport: Viewport;
  readonly extent: Extent;
  readonly range: ReturnType<typeof visible>;
}

/** Room above a block for headings. */
export const HEAD = 24;
/** At its left: names of domains, the mark of the host's control domains, a bar for each mdev that has one. */
export const LABEL = 36;
export const MARK = 12;
export const MOST_BANDS = 5;
export const BAND = 9;

const sides = new WeakMap<Board["domains"], number>();

/** Width of what stands at the left of the cells. */
export function sideWidth(board: Pick<Board, "controls" | "domains">): number {
  const known = sides.get(board.domains);
  if (known !== undefined) return known;
  const bands = Math.min(mostControls(board), MOST_BANDS);
  const side = LABEL + MARK + (bands === 0 ? 0 : bands * BAND + 4);
  sides.set(board.domains, side);
  return side;
}

export interface Area {
  readonly width: number;
  readonly height: number;
}

/** The part of the area that has cells, if there is one block. */
export const extentOf = (board: Board, { width, height }: Area): Extent => ({
  columns: board.adapters.length,
  rows: board.domains.length,
  width: Math.max(1, width - sideWidth(board)),
  height: Math.max(1, height - HEAD - 4),
});

export function blocksOf(board: Board, area: Area, viewport: Viewport, fold: Fold | undefined): readonly GridBlock[] {
  const extent = extentOf(board, area);
  const side = sideWidth(board);
  const [columns, rows] = [board.adapters.length, board.domains.length];
  if (!fold) {
    // A small grid stands in the middle.
    const free = { x: extent.width - columns * viewport.size - side / 2, y: extent.height - rows * viewport.size };
    const origin = { x: side + Math.max(0, Math.floor(free.x / 2)), y: HEAD + Math.max(0, Math.floor(free.y * 0.3)) };
    return [{ origin, viewport, extent, range: visible(viewport, extent) }];
  }
  const { count, rowsEach, size } = fold;
  const step = side + columns * size + FOLD_GAP;
  const free = area.width - count * step + FOLD_GAP;
  return Array.from({ length: count }, (_, at): GridBlock => {
    const firstRow = at * rowsEach;
    const lastRow = Math.min(rows, firstRow + rowsEach) - 1;
    return {
      origin: { x: side + Math.max(0, Math.floor(free / 2)) + at * step, y: HEAD },
      viewport: { size, x: 0, y: firstRow * size },
      extent: { ...extent, width: columns * size, height: (lastRow - firstRow + 1) * size },
      range: { firstColumn: 0, lastColumn: columns - 1, firstRow, lastRow },
    };
  });
}

/** Where a cell is drawn, even if that is outside of what is seen. */
export function boxIn(blocks: readonly GridBlock[], { column, row }: Cell): { x: number; y: number; size: number } {
  const block = blocks.find(({ range }) => range.firstRow <= row && row <= range.lastRow) ?? must(blocks[0]);
  const { origin, viewport } = block;
  const { size, x, y } = viewport;
  return { x: origin.x + column * size - x, y: origin.y + row * size - y, size };
}

/** The cell under a point of the area; undefined if there is none. */
export function cellIn(blocks: readonly GridBlock[], x: number, y: number): Cell | undefined {
  for (const { origin, viewport, extent, range } of blocks) {
    if (x < origin.x || y < origin.y) continue;
    const cell = cellAt(viewport, extent, x - origin.x, y - origin.y);
    if (cell && cell.row <= range.lastRow) return cell;
  }
  return undefined;
}

/** The cell of a queue; undefined if it is not on the board. */
export function cellOf({ adapters, domains }: Board, apqn: Apqn): Cell | undefined {
  const [column, row] = [adapters.indexOf(apidOf(apqn)), domains.indexOf(apqiOf(apqn))];
  return column < 0 || row < 0 ? undefined : { column, row };
}

/** All queues between two, by rows and columns of the board; none if there are not two. */
export function chosenIn(board: Board, corner: Apqn | undefined, other: Apqn | undefined): readonly Apqn[] {
  const [from, to] = [corner, other].map((apqn) => (apqn === undefined ? undefined : cellOf(board, apqn)));
  if (!from || !to) return [];
  const between = (a: number, b: number): readonly number[] =>
    Array.from({ length: Math.abs(a - b) + 1 }, (_, at) => Math.min(a, b) + at);
  return between(from.row, to.row).flatMap((row) =>
    between(from.column, to.column).map((column) => queueAt(board, column, row)),
  );
}
