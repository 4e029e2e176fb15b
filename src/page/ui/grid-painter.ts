// Draws the grid on a canvas: cells, headings, control domains at the side, what changed, what is selected and its cause. All
// is drawn again for every picture, but only what is seen; 65,536 cells are copied as pixels.
import { type Apqn, apidOf, apqiOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { type Board, lookAt, queueAt } from "../board/board.ts";
import { type Cell, type Extent, type Viewport, visible } from "../board/viewport.ts";
import { drawArrow, drawBadge, drawFrame, drawRing } from "./grid-marks.ts";
import type { Layers } from "./page-state.ts";
import { mdevColour, type Palette } from "./palette.ts";
import { type Box, fill, type Pen, penOf, stroke, write } from "./pen.ts";
import { drawSprite, NAMES_FROM } from "./sprites.ts";

/** What one picture shows. */
export interface Scene {
  readonly board: Board;
  readonly viewport: Viewport;
  readonly layers: Layers;
  readonly cursor: Cell | undefined;
  readonly hover: Cell | undefined;
  /** The queue that keeps the selected one out. */
  readonly cause: Apqn | undefined;
  readonly gained: readonly Apqn[];
  readonly lost: readonly Apqn[];
  readonly zeroized: readonly Apqn[];
}

/** Where the area of the cells begins. */
type Corner = Omit<Box, "size">;

/** Room for headings. */
export const HEAD = 24;
const LABEL = 42;
const MARK = 14;
const MOST_BANDS = 5;
const BAND = 9;

/** Width of what stands at the left of the cells. */
export const sideWidth = ({ controls }: Pick<Board, "controls">): number =>
  LABEL + MARK + (controls.length === 0 ? 0 : Math.min(controls.length, MOST_BANDS) * BAND + 6);

/** How many sizes of sprites are kept. */
const MOST_SIZES = 10;
/** More cells than this are copied as pixels, which takes a millisecond, instead of one by one. */
const MANY_CELLS = 400;

export class GridPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: Pen;
  #palette: Palette;
  #width = 0;
  #height = 0;
  #scale = 1;
  /** In the order of the board's looks. */
  #sprites: readonly Sprite[] = [];
  /** By size and then by look: other moments have mostly the same looks, and people zoom back. */
  #known = new Map<number, Map<string, Sprite>>();
  /** What the sprites were drawn for, besides their size. */
  #drawnFor: readonly unknown[] = [];
  #picture: ImageData | undefined;

  constructor(canvas: HTMLCanvasElement, palette: Palette) {
    this.#canvas = canvas;
    this.#pen = penOf(canvas, { alpha: false });
    this.#palette = palette;
  }

  set palette(palette: Palette) {
    this.#palette = palette;
    this.#drawnFor = [];
  }

  resize(width: number, height: number, scale: number): void {
    this.#width = width;
    this.#height = height;
    this.#scale = scale;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#picture = undefined;
  }

  /** The area of the cells. */
  extent({ adapters, domains, controls }: Board): Extent {
    return {
      columns: adapters.length,
      rows: domains.length,
      width: Math.max(1, this.#width - sideWidth({ controls })),
      height: Math.max(1, this.#height - HEAD - 4),
    };
  }

  /** Where the first cell's area begins: a small grid stands in the middle. */
  origin(board: Board, { size }: Viewport): Corner {
    const { columns, rows, width, height } = this.extent(board);
    const side = sideWidth(board);
    const free = { x: width - columns * size - side / 2, y: height - rows * size };
    return { x: side + Math.max(0, Math.floor(free.x / 2)), y: HEAD + Math.max(0, Math.floor(free.y * 0.3)) };
  }

  paint(scene: Scene): void {
    const { board, viewport } = scene;
    const pen = this.#pen;
    this.#prepareSprites(scene);
    pen.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    pen.fillStyle = this.#palette.panel;
    pen.fillRect(0, 0, this.#width, this.#height);
    const extent = this.extent(board);
    const range = visible(viewport, extent);
    const origin = this.origin(board, viewport);
    const seen = (range.lastColumn - range.firstColumn + 1) * (range.lastRow - range.firstRow + 1);
    // Names are drawn cell by cell.
    if (seen > MANY_CELLS && viewport.size < NAMES_FROM) this.#copyPixels(scene, origin, extent);
    else this.#drawCells(scene, origin, range);
    pen.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    pen.save();
    pen.beginPath();
    pen.rect(origin.x - 3, origin.y - 3, this.#width, this.#height);
    pen.clip();
    this.#drawMarks(scene, origin);
    pen.restore();
    this.#drawHeadings(scene, origin, range);
  }

  #prepareSprites({ board, viewport, layers }: Scene): void {
    const { size } = viewport;
    const now = [this.#scale, layers, this.#palette];
    if (!now.every((part, at) => part === this.#drawnFor[at])) this.#known.clear();
    this.#drawnFor = now;
    const ofSize = this.#known.get(size) ?? new Map<string, Sprite>();
    // The size used last comes last, and the one not used for longest goes.
    this.#known.delete(size);
    this.#known.set(size, ofSize);
    if (this.#known.size > MOST_SIZES) this.#known.delete(must(this.#known.keys().next().value));
    const style = { size, scale: this.#scale, layers, palette: this.#palette };
    this.#sprites = board.looks.map((look) => {
      const key = Object.values(look).join();
      const known = ofSize.get(key) ?? { canvas: drawSprite(look, style), pixels: undefined };
      ofSize.set(key, known);
      return known;
    });
  }

  #drawCells(scene: Scene, origin: Corner, range: ReturnType<typeof visible>): void {
    const { board, viewport } = scene;
    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    const side = Math.round(viewport.size * this.#scale);
    const left = Math.round((origin.x - viewport.x) * this.#scale);
    const top = Math.round((origin.y - viewport.y) * this.#scale);
    for (let row = range.firstRow; row <= range.lastRow; row++) {
      for (let column = range.firstColumn; column <= range.lastColumn; column++) {
        const place = must(board.cells[row * board.adapters.length + column]);
        pen.drawImage(must(this.#sprites[place]).canvas, left + column * side, top + row * side);
        if (viewport.size >= NAMES_FROM)
          this.#drawName(scene, column, row, left + (column + 0.5) * side, top + (row + 0.86) * side);
      }
    }
  }

  /** The queue's name at the foot of its cell, in device pixels. */
  #drawName({ board, layers }: Scene, column: number, row: number, x: number, y: number): void {
    const pen = this.#pen;
    const look = lookAt(board, column, row);
    if (look.machine === "absent" && look.mdev === 0) return;
    const { panel, text, mono } = this.#palette;
    const isFull = look.guest === "plugged" && layers.guest;
    const name = formatApqn(queueAt(board, column, row));
    pen.font = `${9.5 * this.#scale}px ${mono}`;
    const isHatched = layers.machine && (look.machine === "standby" || look.machine === "checkstopped");
    if (!isFull && (isHatched || (look.guest === "held-back" && layers.guest))) {
      // A name cannot be read on slanting lines.
      const [width, height] = [pen.measureText(name).width + 6 * this.#scale, 12 * this.#scale];
      pen.beginPath();
      pen.roundRect(x - width / 2, y - height / 2, width, height, 3 * this.#scale);
      fill(pen, panel, 0.82);
    }
    pen.globalAlpha = isFull ? 0.85 : 0.65;
    write(pen, name, x, y, isFull ? panel : text, pen.font);
    pen.globalAlpha = 1;
  }

  /** One picture of all that is seen, put together from rows of the sprites' pixels. */
  #copyPixels({ board, viewport }: Scene, origin: Corner, extent: Extent): void {
    const sprites = this.#sprites.map(pixelsOf);
    const side = Math.round(viewport.size * this.#scale);
    const [left, top] = [Math.round(viewport.x * this.#scale), Math.round(viewport.y * this.#scale)];
    const columns = board.adapters.length;
    const width = Math.min(Math.ceil(extent.width * this.#scale), columns * side - left);
    const height = Math.min(Math.ceil(extent.height * this.#scale), board.domains.length * side - top);
    if (this.#picture?.width !== width || this.#picture.height !== height) {
      this.#picture = new ImageData(Math.max(1, width), Math.max(1, height));
    }
    const pixels = new Uint32Array(this.#picture.data.buffer);
    for (let y = 0; y < height; y++) {
      const row = Math.floor((top + y) / side);
      const line = ((top + y) % side) * side;
      const cells = row * columns;
      let at = y * width;
      const end = at + width;
      let column = Math.floor(left / side);
      let from = left % side;
      while (at < end) {
        const sprite = sprites[board.cells[cells + column]!]!;
        const stop = Math.min(side, from + end - at);
        for (let x = from; x < stop; x++) pixels[at++] = sprite[line + x]!;
        from = 0;
        column++;
      }
    }
    this.#pen.setTransform(1, 0, 0, 1, 0, 0);
    this.#pen.putImageData(this.#picture, Math.round(origin.x * this.#scale), Math.round(origin.y * this.#scale));
  }

  #drawMarks(scene: Scene, origin: Corner): void {
    const { board, cursor, hover, cause, gained, lost, zeroized } = scene;
    const [pen, palette] = [this.#pen, this.#palette];
    const { good, bad, text } = palette;
    const boxOf = (cell: Cell) => this.#boxOf(cell, scene.viewport, origin);
    const each = (queues: readonly Apqn[], draw: (box: Box) => void) => {
      for (const apqn of queues) {
        const cell = cellOf(board, apqn);
        if (cell) draw(boxOf(cell));
      }
    };
    each(gained, (box) => drawRing(pen, palette, box, good, "+"));
    each(lost, (box) => drawRing(pen, palette, box, bad, "−"));
    each(zeroized, (box) => drawBadge(pen, palette, box, bad, "0"));
    if (hover) drawFrame(pen, boxOf(hover), this.#palette.soft, 1);
    if (cursor) {
      // Light around dark, to be seen on any colour.
      drawFrame(pen, boxOf(cursor), this.#palette.panel, 5);
      drawFrame(pen, boxOf(cursor), text, 2);
    }
    const causing = cause === undefined ? undefined : cellOf(board, cause);
    if (causing) {
      drawFrame(pen, boxOf(causing), bad, 2.5);
      if (cursor) drawArrow(pen, palette, boxOf(cursor), boxOf(causing));
    }
  }

  #boxOf({ column, row }: Cell, { size, x, y }: Viewport, origin: Corner): Box {
    return { x: origin.x + column * size - x, y: origin.y + row * size - y, size };
  }

  #drawHeadings(scene: Scene, origin: Corner, range: ReturnType<typeof visible>): void {
    const { board, viewport, cursor } = scene;
    const { size, x, y } = viewport;
    const pen = this.#pen;
    const { panel, soft, text, mono } = this.#palette;
    const side = sideWidth(board);
    pen.fillStyle = panel;
    const top = origin.y - HEAD;
    pen.fillRect(0, 0, this.#width, origin.y - 2);
    pen.fillRect(0, 0, origin.x - 2, this.#height);
    const font = `11px ${mono}`;
    pen.font = font;
    pen.textBaseline = "middle";
    const everyColumn = stepFor(size, 20);
    for (let column = range.firstColumn; column <= range.lastColumn; column++) {
      const isCursor = cursor?.column === column;
      if (column % everyColumn !== 0 && !isCursor) continue;
      const middle = origin.x + (column + 0.5) * size - x;
      if (middle < origin.x) continue;
      if (isCursor) this.#clear(middle - 12, top + 2, 24, HEAD - 4);
      const name = formatApid(must(board.adapters[column]));
      write(pen, name, middle, top + HEAD / 2, isCursor ? text : soft, font);
    }
    const everyRow = stepFor(size, 14);
    const labels = origin.x - side;
    for (let row = range.firstRow; row <= range.lastRow; row++) {
      const isCursor = cursor?.row === row;
      const middle = origin.y + (row + 0.5) * size - y;
      if (middle < origin.y) continue;
      this.#drawBands(scene, row, origin, middle);
      if (row % everyRow !== 0 && !isCursor) continue;
      if (isCursor) this.#clear(labels, middle - 7, LABEL + MARK - 6, 14);
      const apqi = must(board.domains[row]);
      pen.textAlign = "right";
      pen.fillStyle = isCursor ? text : soft;
      pen.fillText(formatApqi(apqi), labels + LABEL - 4, middle);
      if (board.machineControls.has(apqi)) {
        write(pen, "C", labels + LABEL + MARK / 2 - 3, middle, soft, `600 9px ${mono}`);
        pen.font = font;
      }
    }
  }

  #clear(x: number, y: number, width: number, height: number): void {
    this.#pen.fillStyle = this.#palette.panel;
    this.#pen.fillRect(x, y, width, height);
  }

  /** Control domains: a bar for each mdev that has this one, full if its guest has it, hollow if not. */
  #drawBands({ board, viewport, layers }: Scene, row: number, origin: Corner, middle: number): void {
    if (!layers.mdev && !layers.guest) return;
    const apqi = must(board.domains[row]);
    const pen = this.#pen;
    const left = origin.x - sideWidth(board) + LABEL + MARK;
    const height = Math.max(1.5, viewport.size - 4);
    const width = board.controls.length > MOST_BANDS ? (MOST_BANDS * BAND) / board.controls.length : BAND;
    for (const [at, { mdev, assigned, inGuest }] of board.controls.entries()) {
      if (!assigned.has(apqi) && !inGuest.has(apqi)) continue;
      const colour = mdevColour(mdev, this.#palette.isDark);
      pen.beginPath();
      pen.roundRect(left + at * width, middle - height / 2, Math.max(1, width - 3), height, 2);
      if (inGuest.has(apqi)) fill(pen, colour);
      else stroke(pen, colour, 1);
    }
  }
}

export function cellOf({ adapters, domains }: Board, apqn: Apqn): Cell | undefined {
  const [column, row] = [adapters.indexOf(apidOf(apqn)), domains.indexOf(apqiOf(apqn))];
  return column < 0 || row < 0 ? undefined : { column, row };
}

interface Sprite {
  readonly canvas: HTMLCanvasElement;
  pixels: Uint32Array | undefined;
}

function pixelsOf(sprite: Sprite): Uint32Array {
  if (sprite.pixels) return sprite.pixels;
  const { canvas } = sprite;
  sprite.pixels = new Uint32Array(penOf(canvas).getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return sprite.pixels;
}

/** Only every n-th heading has room: this is n. */
function stepFor(size: number, room: number): number {
  let step = 1;
  while (step * size < room) step *= 2;
  return step;
}
