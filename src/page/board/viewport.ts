// Where the cells of a grid are on the screen: how large, and how far the grid is moved. Lengths in CSS pixels, from the corner of
// the area that shows cells.

export interface Viewport {
  /** Side of a cell in whole pixels, so that all cells look the same. */
  readonly size: number;
  /** How much of the grid is to the left of what is seen, and above it. */
  readonly x: number;
  readonly y: number;
}

export interface Extent {
  readonly columns: number;
  readonly rows: number;
  /** Of the area. */
  readonly width: number;
  readonly height: number;
}

const SMALLEST = 2;
export const LARGEST = 96;
/** The largest size that cells get without zooming. */
const COMFORTABLE = 72;

export const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** All of the grid, in cells as large as fit. */
export function fittedViewport({ columns, rows, width, height }: Extent): Viewport {
  const fits = Math.floor(Math.min(width / Math.max(columns, 1), height / Math.max(rows, 1)));
  return within({ size: clamp(fits, SMALLEST, COMFORTABLE), x: 0, y: 0 }, { columns, rows, width, height });
}

/** Below this, cells are dots. */
const DOTS = 5;
/** From this size on, they have shapes. */
export const SHAPES = 9;
/** Large enough for a number. */
const READABLE = 16;

/** What is shown at first where no fold helps: all of it, unless cells would be dots. Where larger cells fit in one direction, the other one is scrolled. */
export function opening(extent: Extent): Viewport {
  const { columns, rows, width, height } = extent;
  const whole = fittedViewport(extent);
  const oneWay = Math.floor(Math.max(width / Math.max(columns, 1), height / Math.max(rows, 1)));
  if (whole.size >= DOTS || oneWay < SHAPES) return whole;
  return within({ size: Math.min(oneWay, READABLE), x: 0, y: 0 }, extent);
}

/** Rows that would be too many for the height stand in several blocks side by side, each with all columns. */
export interface Fold {
  /** Blocks, and rows of each but the last. */
  readonly count: number;
  readonly rowsEach: number;
  /** Side of a cell. */
  readonly size: number;
}

/** More blocks than this are hard to read. */
const MOST_BLOCKS = 6;
/** Between blocks. */
export const FOLD_GAP = 10;

/**
 * The whole grid in cells as large as they can be, folded if that makes them larger.
 *
 * @param side width of what stands at the left of each block; `extent` is without that of the first
 */
export function folded({ columns, rows, width, height }: Extent, side: number): Fold {
  let best: Fold = { count: 1, rowsEach: rows, size: 0 };
  for (let count = 1; count <= MOST_BLOCKS; count++) {
    const rowsEach = Math.ceil(rows / count);
    const room = (width - (count - 1) * (side + FOLD_GAP)) / count;
    const size = Math.min(
      COMFORTABLE,
      Math.floor(Math.min(room / Math.max(columns, 1), height / Math.max(rowsEach, 1))),
    );
    if (size > best.size) best = { count, rowsEach, size };
  }
  return best;
}

/** A grid that is smaller than the area stays in its corner; a larger one leaves no space empty. */
export const within = ({ size, x, y }: Viewport, { columns, rows, width, height }: Extent): Viewport => ({
  size,
  x: clamp(x, 0, Math.max(0, columns * size - width)),
  y: clamp(y, 0, Math.max(0, rows * size - height)),
});

/** Cells of another size, with the same point of the grid under the pointer. */
export function zoomed(
  viewport: Viewport,
  extent: Extent,
  size: number,
  at: { readonly x: number; readonly y: number },
): Viewport {
  const next = clamp(Math.round(size), SMALLEST, LARGEST);
  const factor = next / viewport.size;
  return within({ size: next, x: (viewport.x + at.x) * factor - at.x, y: (viewport.y + at.y) * factor - at.y }, extent);
}

/** The next size in this direction: small steps between small cells. */
export const nextSize = (size: number, direction: 1 | -1): number =>
  clamp(
    direction > 0 ? Math.max(size + 1, Math.round(size * 1.2)) : Math.min(size - 1, Math.round(size / 1.2)),
    SMALLEST,
    LARGEST,
  );

export const moved = (viewport: Viewport, extent: Extent, dx: number, dy: number): Viewport =>
  within({ ...viewport, x: viewport.x + dx, y: viewport.y + dy }, extent);

/** Moved as little as needed to show the whole cell. */
export function revealed(viewport: Viewport, extent: Extent, column: number, row: number): Viewport {
  const { size } = viewport;
  const nearest = (from: number, place: number, room: number): number =>
    clamp(from, (place + 1) * size - room, place * size);
  return within(
    { size, x: nearest(viewport.x, column, extent.width), y: nearest(viewport.y, row, extent.height) },
    extent,
  );
}

export interface Cell {
  readonly column: number;
  readonly row: number;
}

/** The cell under a point of the area; undefined if there is none. */
export function cellAt({ size, x, y }: Viewport, { columns, rows }: Extent, px: number, py: number): Cell | undefined {
  const [column, row] = [Math.floor((x + px) / size), Math.floor((y + py) / size)];
  return column >= 0 && row >= 0 && column < columns && row < rows ? { column, row } : undefined;
}

/** First and last column and row that are at least partly seen. */
export const visible = ({ size, x, y }: Viewport, { columns, rows, width, height }: Extent) => ({
  firstColumn: Math.floor(x / size),
  lastColumn: Math.min(columns, Math.ceil((x + width) / size)) - 1,
  firstRow: Math.floor(y / size),
  lastRow: Math.min(rows, Math.ceil((y + height) / size)) - 1,
});
