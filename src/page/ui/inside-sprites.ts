// Signs of the other side on a cell: what the guest's own bus makes of the queue, and how it stands in a Secure Execution guest. Each has a
// shape of its own, and a rim of the page's colour, so that it is seen on any cell.
import type { Look } from "../board/board.ts";
import type { Palette } from "./palette.ts";
import { circle, fill, lines, type Pen, stroke } from "./pen.ts";

interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Below this side of a cell only the outline of a sign can be seen. */
const DETAILS_FROM = 12;
/** From this side on, cells name their queues at their foot. */
const NAMES_FROM = 50;
/** Room between the edge of a cell and a sign. */
const edgeOf = (size: number): number => (size >= NAMES_FROM ? 3 : 1);

function radiusOf(size: number): number {
  return Math.max(2.4, Math.min(8, size * 0.17));
}

/** What stands in the disc. Of a queue that a guest uses, or does not have, there is none. */
const SIGNS: Partial<Record<Look["inside"], { readonly draw: typeof clock; readonly colour: "text" | "bad" }>> = {
  "not-noticed": { draw: clock, colour: "text" },
  unused: { draw: cross, colour: "bad" },
  withheld: { draw: slash, colour: "bad" },
  "no-device": { draw: dash, colour: "bad" },
};

/** At the right what the guest makes of a queue that it has; at the left that some guest still shows one that it has no more. */
export function drawInside(pen: Pen, { inside, stillShown }: Look, size: number, palette: Palette): void {
  const radius = radiusOf(size);
  // Above the name of the queue, if there is one.
  const y = size - radius - edgeOf(size) - (size >= NAMES_FROM ? size * 0.18 : 0);
  const right = { x: size - radius - edgeOf(size), y, radius };
  const left = { x: size - right.x, y, radius };
  const sign = SIGNS[inside];
  if (sign) {
    disc(pen, right, palette.panel, palette);
    if (size >= DETAILS_FROM) sign.draw(pen, right, palette[sign.colour]);
  }
  if (stillShown) ghost(pen, left, palette);
}

/** Without the layer of the guests: what their buses show, wherever that comes from. */
export function drawShown(pen: Pen, { inside }: Look, size: number, { text }: Palette): void {
  if (inside !== "used" && inside !== "for-its-guests" && inside !== "passed-on") return;
  circle(pen, size / 2, size / 2, size * 0.14);
  fill(pen, text);
}

/** A lock: shut, open, or struck out, at the upper right. */
export function drawSecure(pen: Pen, { secure }: Look, size: number, palette: Palette): void {
  if (secure === "none") return;
  const radius = radiusOf(size);
  const [x, y] = [size - radius - edgeOf(size), radius + edgeOf(size)];
  const colour = secure === "bound" ? palette.text : palette.bad;
  disc(pen, { x, y, radius: radius + 0.5 }, palette.panel, palette, colour);
  const [half, low] = [radius * 0.5, radius * 0.62];
  pen.beginPath();
  pen.rect(x - half, y - 0.05 * radius, 2 * half, low);
  if (secure === "bound") fill(pen, colour);
  else stroke(pen, colour, Math.max(0.75, radius * 0.18));
  if (size < DETAILS_FROM) return;
  pen.beginPath();
  // The bow of an open lock stands beside its body.
  pen.arc(x + (secure === "unbound" ? half * 0.9 : 0), y - 0.05 * radius, half * 0.75, Math.PI, 2 * Math.PI);
  stroke(pen, colour, Math.max(0.75, radius * 0.18));
  if (secure !== "unusable") return;
  lines(pen, [
    [x - radius * 0.7, y + radius * 0.7],
    [x + radius * 0.7, y - radius * 0.7],
  ]);
  stroke(pen, colour, Math.max(1, radius * 0.22));
}

function disc(pen: Pen, { x, y, radius }: Place, ground: string, { panel, text }: Palette, rim = text): void {
  circle(pen, x, y, radius + 0.75);
  fill(pen, panel);
  circle(pen, x, y, radius);
  fill(pen, ground);
  stroke(pen, rim, Math.max(1, radius * 0.22));
}

function clock(pen: Pen, { x, y, radius }: Place, colour: string): void {
  lines(pen, [
    [x, y - radius * 0.55],
    [x, y],
    [x + radius * 0.45, y + radius * 0.2],
  ]);
  stroke(pen, colour, Math.max(0.9, radius * 0.2));
}

function cross(pen: Pen, { x, y, radius }: Place, colour: string): void {
  const arm = radius * 0.42;
  lines(pen, ...[-arm, arm].map((to) => [[x + to, y - arm] as const, [x - to, y + arm] as const]));
  stroke(pen, colour, Math.max(1, radius * 0.25));
}

function dash(pen: Pen, { x, y, radius }: Place, colour: string): void {
  lines(pen, [
    [x - radius * 0.5, y],
    [x + radius * 0.5, y],
  ]);
  stroke(pen, colour, Math.max(1, radius * 0.3));
}

function slash(pen: Pen, { x, y, radius }: Place, colour: string): void {
  lines(pen, [
    [x - radius * 0.45, y + radius * 0.45],
    [x + radius * 0.45, y - radius * 0.45],
  ]);
  stroke(pen, colour, Math.max(1, radius * 0.3));
}

/** What is seen and is not there: a full disc with a mark of exclamation. */
function ghost(pen: Pen, { x, y, radius }: Place, { panel, text }: Palette): void {
  circle(pen, x, y, radius + 0.75);
  fill(pen, panel);
  circle(pen, x, y, radius);
  fill(pen, text);
  lines(pen, [
    [x, y - radius * 0.6],
    [x, y + radius * 0.1],
  ]);
  stroke(pen, panel, Math.max(1, radius * 0.3));
  circle(pen, x, y + radius * 0.5, Math.max(0.5, radius * 0.17));
  fill(pen, panel);
}
