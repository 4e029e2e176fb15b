// What is drawn over cells: frames around them, rings and signs where something changed, the arrow from effect to cause.
import type { Palette } from "./palette.ts";

type Pen = CanvasRenderingContext2D;

/** Below this a sign would hide the cell. */
const SIGNS_FROM = 38;

export interface Point {
  readonly x: number;
  readonly y: number;
}
/** A cell. */
export interface Box extends Point {
  readonly size: number;
}

export function drawFrame(pen: Pen, { x, y, size }: Box, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  pen.roundRect(x - width / 4, y - width / 4, size + width / 2, size + width / 2, Math.max(2, size * 0.16));
  pen.stroke();
}

/** A cell that something happened to, with a sign. */
export function drawRing(pen: Pen, palette: Palette, box: Box, colour: string, sign: string): void {
  pen.globalAlpha = 0.14;
  pen.fillStyle = colour;
  pen.fillRect(box.x, box.y, box.size, box.size);
  pen.globalAlpha = 1;
  // Small cells have no room for the sign: what was lost is dashed.
  if (sign !== "+") pen.setLineDash([4, 2]);
  drawFrame(pen, box, colour, 1.5);
  pen.setLineDash([]);
  if (box.size >= SIGNS_FROM) drawDisc(pen, palette, { x: box.x + box.size - 7, y: box.y + 7 }, colour, sign);
}

export function drawBadge(pen: Pen, palette: Palette, box: Box, colour: string, sign: string): void {
  if (box.size >= SIGNS_FROM) drawDisc(pen, palette, { x: box.x + 7, y: box.y + 7 }, colour, sign);
}

function drawDisc(pen: Pen, palette: Palette, { x, y }: Point, colour: string, sign: string): void {
  pen.fillStyle = palette.panel;
  pen.beginPath();
  pen.arc(x, y, 7, 0, 2 * Math.PI);
  pen.fill();
  pen.strokeStyle = colour;
  pen.lineWidth = 1.25;
  pen.stroke();
  pen.fillStyle = colour;
  pen.font = "700 10px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(sign, x, y + 0.5);
}

/** From the cell that is asked about to the one that is to blame. */
export function drawArrow(pen: Pen, palette: Palette, from: Box, to: Box): void {
  const [x1, y1] = [from.x + from.size / 2, from.y + from.size / 2];
  const [x2, y2] = [to.x + to.size / 2, to.y + to.size / 2];
  const length = Math.hypot(x2 - x1, y2 - y1);
  // Beside one another the frames say enough.
  if (length < from.size * 1.6) return;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [sx, sy] = [x1 + dx * from.size * 0.5, y1 + dy * from.size * 0.5];
  const [ex, ey] = [x2 - dx * to.size * 0.56, y2 - dy * to.size * 0.56];
  const bow = Math.min(26, length * 0.18);
  const [cx, cy] = [(sx + ex) / 2 - dy * bow, (sy + ey) / 2 + dx * bow];
  const head = 7;
  const angle = Math.atan2(ey - cy, ex - cx);
  for (const [stroke, width] of [
    [palette.panel, 4.5],
    [palette.text, 1.75],
  ] as const) {
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(sx, sy);
    pen.quadraticCurveTo(cx, cy, ex, ey);
    for (const turn of [-0.45, 0.45]) {
      pen.moveTo(ex, ey);
      pen.lineTo(ex - head * Math.cos(angle + turn), ey - head * Math.sin(angle + turn));
    }
    pen.stroke();
  }
}
