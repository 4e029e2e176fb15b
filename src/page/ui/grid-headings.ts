// What stands around the cells: the names of adapters and domains, and who has a control domain.
import { formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { type Area, BAND, type GridBlock, HEAD, LABEL, MARK, MOST_BANDS, sideWidth } from "../board/blocks.ts";
import { type Board, controlsOf } from "../board/board.ts";
import type { Scene } from "./grid-painter.ts";
import { labels } from "./paints.ts";
import { mdevColour, type Palette } from "./palette.ts";
import { fill, type Pen, type Square, stroke, write } from "./pen.ts";

/** What is drawn with, and what. */
interface Drawing {
  readonly pen: Pen;
  readonly palette: Palette;
  readonly scene: Scene;
  readonly block: GridBlock;
}

/** Cells smaller than this get smaller headings, so that each column can have its own. */
const SMALL = 16;

export function drawHeadings(pen: Pen, palette: Palette, scene: Scene, block: GridBlock, area: Area): void {
  const { origin } = block;
  if (!scene.fold) {
    // Over the cells that are partly seen, and the marks on them.
    pen.fillStyle = palette.panel;
    pen.fillRect(0, 0, area.width, origin.y - 2);
    pen.fillRect(0, 0, origin.x - 2, area.height);
  }
  pen.textBaseline = "middle";
  const drawing = { pen, palette, scene, block };
  drawColumns(drawing);
  drawRows(drawing);
}

const fontOf = (size: number, { mono }: Palette): string => `${size < SMALL ? 9 : 11}px ${mono}`;

function drawColumns({ pen, palette, scene: { board, cursor }, block: { origin, viewport, range } }: Drawing): void {
  const { size, x } = viewport;
  const top = origin.y - HEAD;
  const every = stepFor(size, size < SMALL ? 13 : 16);
  const font = fontOf(size, palette);
  pen.font = font;
  for (let column = range.firstColumn; column <= range.lastColumn; column++) {
    const isCursor = cursor?.column === column;
    if (column % every !== 0 && !isCursor) continue;
    const middle = origin.x + (column + 0.5) * size - x;
    if (middle < origin.x) continue;
    const name = formatApid(must(board.adapters[column]));
    if (isCursor) clear(pen, palette, middle - 12, top + 2, 24, HEAD - 4);
    write(pen, name, middle, top + HEAD / 2, isCursor ? palette.text : palette.soft, font);
    note(pen, name, middle - pen.measureText(name).width / 2, top + HEAD / 2);
  }
}

function drawRows({ pen, palette, scene, block: { origin, viewport, range } }: Drawing): void {
  const { board, cursor } = scene;
  const { size, y } = viewport;
  const every = stepFor(size, 14);
  const left = origin.x - sideWidth(board);
  const font = fontOf(size, palette);
  for (let row = range.firstRow; row <= range.lastRow; row++) {
    const isCursor = cursor?.row === row;
    const middle = origin.y + (row + 0.5) * size - y;
    if (middle < origin.y) continue;
    drawBands(pen, palette, scene, row, { x: left + LABEL + MARK, y: middle, size });
    if (row % every !== 0 && !isCursor) continue;
    if (isCursor) clear(pen, palette, left, middle - 7, LABEL + MARK - 6, 14);
    const apqi = must(board.domains[row]);
    const name = formatApqi(apqi);
    pen.font = font;
    pen.textAlign = "right";
    pen.fillStyle = isCursor ? palette.text : palette.soft;
    pen.fillText(name, left + LABEL - 4, middle);
    note(pen, name, left + LABEL - 4 - pen.measureText(name).width, middle);
    if (board.machineControls.has(apqi))
      write(pen, "C", left + LABEL + MARK / 2 - 3, middle, palette.soft, `600 9px ${palette.mono}`);
  }
}

/** Where a heading stands, written in the present font. */
function note(pen: Pen, text: string, left: number, middle: number): void {
  const { width, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = pen.measureText(text);
  labels.push({ text, left, right: left + width, top: middle - up, bottom: middle + down });
}

function clear(pen: Pen, { panel }: Palette, x: number, y: number, width: number, height: number): void {
  pen.fillStyle = panel;
  pen.fillRect(x, y, width, height);
}

/** Control domains: a bar for each mdev that has this one, full if its guest has it, hollow if not. */
function drawBands(
  pen: Pen,
  palette: Palette,
  { board, layers }: { readonly board: Board; readonly layers: Scene["layers"] },
  row: number,
  { x, y, size }: Square,
): void {
  if (!layers.mdev && !layers.guest) return;
  const height = Math.max(1.5, size - 4);
  const bands = controlsOf(board, must(board.domains[row]));
  const width = bands.length > MOST_BANDS ? (MOST_BANDS * BAND) / bands.length : BAND;
  for (const [at, { mdev, inGuest }] of bands.entries()) {
    const colour = mdevColour(mdev, palette.isDark);
    pen.beginPath();
    pen.roundRect(x + at * width, y - height / 2, Math.max(1, width - 3), height, 2);
    if (inGuest.has(must(board.domains[row]))) fill(pen, colour);
    else stroke(pen, colour, 1);
  }
}

/** Only every n-th heading has room: this is n. */
function stepFor(size: number, room: number): number {
  let step = 1;
  while (step * size < room) step *= 2;
  return step;
}
