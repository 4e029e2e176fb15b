// Which part of the grid is seen, and how large: all of it, folded if that makes cells larger, until somebody zooms.
import { useEffect, useState } from "preact/hooks";
import { type Area, blocksOf, cellIn, extentOf, type GridBlock, HEAD, sideWidth } from "../board/blocks.ts";
import type { Board } from "../board/board.ts";
import {
  type Cell,
  type Extent,
  type Fold,
  fittedViewport,
  folded,
  moved,
  nextSize,
  opening,
  revealed,
  SHAPES,
  type Viewport,
  within,
  zoomed,
} from "../board/viewport.ts";

export interface Zoom {
  /** A step. */
  by(direction: 1 | -1): void;
  /** Until the whole grid is seen. */
  out(): void;
}

interface Camera extends Zoom {
  readonly viewport: Viewport;
  readonly fold: Fold | undefined;
  readonly blocks: readonly GridBlock[];
  /** There is more than is seen. */
  readonly overflows: boolean;
  readonly pan: (dx: number, dy: number) => void;
  /** At a point of the area. */
  readonly zoomAt: (factor: number, x: number, y: number) => void;
  readonly reveal: (cell: Cell) => void;
}

/** @param shapes when one of these changes, all of the grid is shown again */
export function useCamera(board: Board, area: Area, cursor: Cell | undefined, shapes: readonly unknown[]): Camera {
  const [wanted, setWanted] = useState<Viewport | undefined>(undefined);
  useEffect(() => setWanted(undefined), shapes);
  const extent = extentOf(board, area);
  const whole = foldFor(extent, sideWidth(board));
  const fold = wanted ? undefined : whole;
  const viewport = wanted ? within(wanted, extent) : fold ? { size: fold.size, x: 0, y: 0 } : atFirst(extent, cursor);
  const blocks = blocksOf(board, area, viewport, fold);
  return {
    viewport,
    fold,
    blocks,
    overflows: !fold && (viewport.size * extent.rows > extent.height || viewport.size * extent.columns > extent.width),
    pan: (dx, dy) => {
      if (!fold) setWanted((now) => moved(now ?? viewport, extent, dx, dy));
    },
    zoomAt: (factor, x, y) =>
      setWanted((now) => {
        const from = now ?? viewport;
        // Sizes are whole: even a small factor must change them by at least one.
        const near = Math.round(from.size * factor);
        const to = near === from.size ? nextSize(from.size, factor > 1 ? 1 : -1) : near;
        if (fold) return unfolded(to, extent, cellIn(blocks, x, y));
        return zoomed(from, extent, to, { x: x - sideWidth(board), y: y - HEAD });
      }),
    by: (direction) => {
      const size = nextSize(viewport.size, direction);
      if (fold) setWanted(direction > 0 ? unfolded(size, extent, cursor) : undefined);
      else setWanted(size <= (whole?.size ?? 0) ? undefined : zoomedAround(viewport, extent, size, cursor));
    },
    out: () => setWanted(whole ? undefined : fittedViewport(extent)),
    reveal: ({ column, row }) => {
      if (!fold) setWanted(revealed(viewport, extent, column, row));
    },
  };
}

/** All of the grid, folded where that helps; undefined if cells would have no shapes even so. */
function foldFor(extent: Extent, side: number): Fold | undefined {
  const fold = folded(extent, side);
  return fold.count > 1 && fold.size >= SHAPES ? fold : undefined;
}

/** What is shown before anybody has moved anything, with the cell that a link names. */
function atFirst(extent: Extent, cursor: Cell | undefined): Viewport {
  const all = opening(extent);
  return cursor ? revealed(all, extent, cursor.column, cursor.row) : all;
}

/** The plain grid in larger cells, with this one in sight. */
const unfolded = (size: number, extent: Extent, cell: Cell | undefined): Viewport =>
  zoomedAround({ size, x: 0, y: 0 }, extent, size, cell);

/** Larger or smaller, around a cell, or around the middle. */
function zoomedAround(from: Viewport, extent: Extent, size: number, cell: Cell | undefined): Viewport {
  const middle = { x: extent.width / 2, y: extent.height / 2 };
  if (!cell) return zoomed(from, extent, size, middle);
  const at = { x: (cell.column + 0.5) * from.size - from.x, y: (cell.row + 0.5) * from.size - from.y };
  return revealed(zoomed(from, extent, size, at), extent, cell.column, cell.row);
}
