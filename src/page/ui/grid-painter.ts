// Draws the grid on a canvas: cells, headings, control domains at the side, what changed, what is selected and its cause. All
// is drawn again for every picture, but only what is seen; 65,536 cells are copied as pixels.
import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { blocksOf, boxIn, cellOf, type GridBlock, HEAD } from "../board/blocks.ts";
import { type Board, lookAt, queueAt } from "../board/board.ts";
import { type Cell, type Fold, SHAPES, type Viewport } from "../board/viewport.ts";
import { drawHeadings } from "./grid-headings.ts";
import { drawArrow, drawBadge, drawFrame, drawRing } from "./grid-marks.ts";
import type { Layers } from "./page-state.ts";
import { labels } from "./paints.ts";
import type { Palette } from "./palette.ts";
import { fill, type Pen, penOf, type Square, stroke, write } from "./pen.ts";
import { drawSprite, NAMES_FROM } from "./sprites.ts";

/** What one picture shows. */
export interface Scene {
  readonly board: Board;
  readonly viewport: Viewport;
  /** Then all of the grid is seen. */
  readonly fold: Fold | undefined;
  readonly layers: Layers;
  readonly cursor: Cell | undefined;
  readonly hover: Cell | undefined;
  /** Several queues that are chosen together. */
  readonly chosen: readonly Apqn[];
  /** The queue that keeps the selected one out. */
  readonly cause: Apqn | undefined;
  readonly gained: readonly Apqn[];
  readonly lost: readonly Apqn[];
  readonly zeroized: readonly Apqn[];
}

/** The magnifier: cells in a row, and the side of one. */
const GLASS = 7;
const GLASS_CELL = 22;

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

  paint(scene: Scene): void {
    const pen = this.#pen;
    this.#prepareSprites(scene);
    pen.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    pen.fillStyle = this.#palette.panel;
    pen.fillRect(0, 0, this.#width, this.#height);
    const area = { width: this.#width, height: this.#height };
    const blocks = blocksOf(scene.board, area, scene.viewport, scene.fold);
    for (const block of blocks) this.#paintCells(scene, block);
    pen.setTransform(this.#scale, 0, 0, this.#scale, 0, 0);
    pen.save();
    if (!scene.fold) {
      const { origin } = must(blocks[0]);
      pen.beginPath();
      pen.rect(origin.x - 3, origin.y - 3, this.#width, this.#height);
      pen.clip();
    }
    this.#drawMarks(scene, blocks);
    pen.restore();
    labels.length = 0;
    for (const block of blocks) drawHeadings(pen, this.#palette, scene, block, area);
    if (scene.hover && scene.viewport.size < SHAPES) this.#drawMagnifier(scene, boxIn(blocks, scene.hover));
  }

  /** Where cells are dots: those around the pointer, large enough to be read. */
  #drawMagnifier(scene: Scene, { x, y, size }: Square): void {
    const { board, hover } = scene;
    if (!hover) return;
    const side = GLASS * GLASS_CELL;
    const [left, top] = [
      Math.round(x + size + 14 + side > this.#width ? x - side - 14 : x + size + 14),
      Math.round(Math.min(Math.max(HEAD, y - side / 2), this.#height - side - 4)),
    ];
    const pen = this.#pen;
    pen.beginPath();
    pen.roundRect(left - 4, top - 4, side + 8, side + 8, 8);
    fill(pen, this.#palette.panel);
    stroke(pen, this.#palette.soft, 1);
    const sprites = this.#spritesOf(scene, GLASS_CELL);
    const middle = Math.floor(GLASS / 2);
    for (let row = 0; row < GLASS; row++) {
      for (let column = 0; column < GLASS; column++) {
        const [c, r] = [hover.column - middle + column, hover.row - middle + row];
        if (c < 0 || r < 0 || c >= board.adapters.length || r >= board.domains.length) continue;
        const { canvas } = must(sprites[must(board.cells[r * board.adapters.length + c])]);
        pen.drawImage(canvas, left + column * GLASS_CELL, top + row * GLASS_CELL, GLASS_CELL, GLASS_CELL);
      }
    }
    drawFrame(
      pen,
      { x: left + middle * GLASS_CELL, y: top + middle * GLASS_CELL, size: GLASS_CELL },
      this.#palette.text,
      2,
    );
  }

  #paintCells(scene: Scene, block: GridBlock): void {
    const { firstColumn, lastColumn, firstRow, lastRow } = block.range;
    const seen = (lastColumn - firstColumn + 1) * (lastRow - firstRow + 1);
    // Names are drawn cell by cell.
    if (seen > MANY_CELLS && block.viewport.size < NAMES_FROM) this.#copyPixels(scene, block);
    else this.#drawCells(scene, block);
  }

  #prepareSprites(scene: Scene): void {
    const now = [this.#scale, scene.layers, this.#palette];
    if (!now.every((part, at) => part === this.#drawnFor[at])) this.#known.clear();
    this.#drawnFor = now;
    this.#sprites = this.#spritesOf(scene, scene.viewport.size);
  }

  /** In the order of the board's looks. */
  #spritesOf({ board, layers }: Scene, size: number): readonly Sprite[] {
    const ofSize = this.#known.get(size) ?? new Map<string, Sprite>();
    // The size used last comes last, and the one not used for longest goes.
    this.#known.delete(size);
    this.#known.set(size, ofSize);
    if (this.#known.size > MOST_SIZES) this.#known.delete(must(this.#known.keys().next().value));
    const style = { size, scale: this.#scale, layers, palette: this.#palette };
    return board.looks.map((look) => {
      const key = Object.values(look).join();
      const known = ofSize.get(key) ?? { canvas: drawSprite(look, style), pixels: undefined };
      ofSize.set(key, known);
      return known;
    });
  }

  #drawCells(scene: Scene, { origin, viewport, range }: GridBlock): void {
    const { board } = scene;
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
  #copyPixels({ board }: Scene, { origin, viewport, extent, range }: GridBlock): void {
    const sprites = this.#sprites.map(pixelsOf);
    const side = Math.round(viewport.size * this.#scale);
    const [left, top] = [Math.round(viewport.x * this.#scale), Math.round(viewport.y * this.#scale)];
    const columns = board.adapters.length;
    const width = Math.min(Math.ceil(extent.width * this.#scale), columns * side - left);
    const height = Math.min(Math.ceil(extent.height * this.#scale), (range.lastRow + 1) * side - top);
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

  #drawMarks(scene: Scene, blocks: readonly GridBlock[]): void {
    const { board, cursor, hover, cause, gained, lost, zeroized } = scene;
    const [pen, palette] = [this.#pen, this.#palette];
    const { good, bad, text } = palette;
    const boxOf = (cell: Cell) => boxIn(blocks, cell);
    const each = (queues: readonly Apqn[], draw: (box: Square) => void) => {
      for (const apqn of queues) {
        const cell = cellOf(board, apqn);
        if (cell) draw(boxOf(cell));
      }
    };
    each(gained, (box) => drawRing(pen, palette, box, good, "+"));
    each(lost, (box) => drawRing(pen, palette, box, bad, "−"));
    each(zeroized, (box) => drawBadge(pen, palette, box, bad, "0"));
    each(scene.chosen, (box) => drawFrame(pen, box, text, 1.5));
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
