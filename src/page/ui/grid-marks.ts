// What is drawn over cells: frames, rings and signs where something changed, the arrow from effect to cause.
import type { Palette } from "./palette.ts";
import { circle, fill, type Pen, rounded, type Square, stroke, write } from "./pen.ts";

/** Below this a sign would hide the cell. */
const SIGNS_FROM = 38;

export function drawFrame(
  pen: Pen,
  { x, y, size }: Square,
  colour: string,
  width: number,
  dash: readonly number[] = [],
): void {
  rounded(pen, { x: x - width / 4, y: y - width / 4, size: size + width / 2 }, Math.max(2, size * 0.16));
  stroke(pen, colour, width, dash);
}

/** Marks a cell that something happened to, with a sign. */
export function drawRing(pen: Pen, palette: Palette, box: Square, colour: string, sign: string): void {
  pen.globalAlpha = 0.14;
  pen.fillStyle = colour;
  pen.fillRect(box.x, box.y, box.size, box.size);
  pen.globalAlpha = 1;
  // Small cells have no room for the sign, so what was lost is dashed.
  drawFrame(pen, box, colour, 1.5, sign === "+" ? [] : [4, 2]);
  if (box.size >= SIGNS_FROM) drawDisc(pen, palette, box.x + box.size - 7, box.y + 7, colour, sign);
}

export function drawBadge(pen: Pen, palette: Palette, box: Square, colour: string, sign: string): void {
  if (box.size >= SIGNS_FROM) drawDisc(pen, palette, box.x + 7, box.y + 7, colour, sign);
}

function drawDisc(pen: Pen, { panel }: Palette, x: number, y: number, colour: string, sign: string): void {
  circle(pen, x, y, 7);
  fill(pen, panel);
  stroke(pen, colour, 1.25);
  write(pen, sign, x, y + 0.5, colour, "700 10px system-ui, sans-serif");
}

/** From the cell that is asked about to the one that is the cause. */
export function drawArrow(pen: Pen, palette: Palette, from: Square, to: Square): void {
  const [x1, y1] = [from.x + from.size / 2, from.y + from.size / 2];
  const [x2, y2] = [to.x + to.size / 2, to.y + to.size / 2];
  const length = Math.hypot(x2 - x1, y2 - y1);
  // Between neighbours the frames say enough.
  if (length < from.size * 1.6) return;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [sx, sy] = [x1 + dx * from.size * 0.5, y1 + dy * from.size * 0.5];
  const [ex, ey] = [x2 - dx * to.size * 0.56, y2 - dy * to.size * 0.56];
  const bow = Math.min(26, length * 0.18);
  const [cx, cy] = [(sx + ex) / 2 - dy * bow, (sy + ey) / 2 + dx * bow];
  const head = 7;
  const angle = Math.atan2(ey - cy, ex - cx);
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(sx, sy);
  pen.quadraticCurveTo(cx, cy, ex, ey);
  for (const turn of [-0.45, 0.45]) {
    pen.moveTo(ex, ey);
    pen.lineTo(ex - head * Math.cos(angle + turn), ey - head * Math.sin(angle + turn));
  }
  stroke(pen, palette.panel, 4.5);
  stroke(pen, palette.text, 1.75);
}
