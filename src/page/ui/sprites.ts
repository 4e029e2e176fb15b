// Cells as small pictures: each look is drawn once for each size, and then only copied. What a cell shows depends on the layers.

import { mdevSign } from "../../answers/show/table-signs.ts";
import { isUseless, type Look } from "../board/board.ts";
import { secondSign } from "../board/mdev-signs.ts";
import { drawInside, drawSecure, drawShown } from "./inside-sprites.ts";
import type { Layers } from "./page-state.ts";
import { mdevColour, type Palette } from "./palette.ts";
import { circle, fill, lines, type Pen, penOf, rounded, stroke, write } from "./pen.ts";

interface SpriteStyle {
  /** Side in CSS pixels, and device pixels for each. */
  readonly size: number;
  readonly scale: number;
  readonly layers: Layers;
  readonly palette: Palette;
}
type Style = Omit<SpriteStyle, "scale">;

/** Signs are in the middle, or a little above it if the queue's name is below them. */
const centre = (size: number): number => size * (size >= NAMES_FROM ? 0.43 : 0.5);

/** Smaller cells have no room for letters. */
const LETTERS_FROM = 13;
/** Smaller cells have room for one sign, not for a number and a sign. */
const SIGNS_FROM = 34;
/** From this size on, a cell names its queue. */
export const NAMES_FROM = 50;
/** Smaller cells are a few dots: shapes become areas. */
const SHAPES_FROM = 9;

/** A picture of a cell on the page's background, size * scale device pixels wide and high. */
export function drawSprite(look: Look, { size, scale, layers, palette }: SpriteStyle): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(size * scale);
  canvas.height = canvas.width;
  const pen = penOf(canvas);
  pen.scale(canvas.width / size, canvas.height / size);
  pen.fillStyle = palette.panel;
  pen.fillRect(0, 0, size, size);
  drawLook(pen, look, { size, layers, palette });
  return canvas;
}

/** For legends: without background. */
export function drawLook(pen: Pen, look: Look, style: Style): void {
  const { size, layers, palette } = style;
  if (size < SHAPES_FROM) {
    drawSmall(pen, look, style);
    return;
  }
  drawShapes(pen, look, style);
  if (layers.host) drawSecure(pen, look, size, palette);
  if (!layers.inside) return;
  drawInside(pen, look, size, palette);
  if (!layers.guest) drawShown(pen, look, size, palette);
}

function drawShapes(pen: Pen, look: Look, style: Style): void {
  const { size, layers, palette } = style;
  const gap = size >= 30 ? 2.5 : size >= 16 ? 1.5 : 1;
  const box = { at: gap, side: size - 2 * gap, radius: Math.max(1.5, size * 0.14) };
  if (layers.machine) drawMachine(pen, look, box, style);
  const colour = look.mdev > 0 ? mdevColour(look.mdev, palette.isDark) : palette.soft;
  if (look.mdev > 0) drawAssigned(pen, look, box, colour, style);
  if (layers.host) drawDriver(pen, look, box, style);
  if (look.mdev > 0 && look.driver === "unbound" && layers.host && size < SIGNS_FROM) {
    drawAlarm(pen, box, style);
    return;
  }
  if (look.mdev > 0 && (layers.mdev || layers.guest)) {
    drawSecondSign(pen, look, box, colour, style);
    if (size >= LETTERS_FROM) drawNumber(pen, look, colour, style);
    if (isUseless(look)) drawUseless(pen, box, style);
  }
  if (layers.host && look.resetFailed) drawFlag(pen, box, palette);
}

/** Where the tile of a cell is: a corner that is as far from the left as from the top. */
interface Tile {
  readonly at: number;
  readonly side: number;
  readonly radius: number;
}

const outline = (pen: Pen, { at, side, radius }: Tile, inset = 0): void =>
  rounded(pen, { x: at + inset, y: at + inset, size: side - 2 * inset }, Math.max(0, radius - inset));

function drawMachine(pen: Pen, { machine, mdev }: Look, box: Tile, { size, palette }: Style): void {
  const middle = size / 2;
  if (machine === "absent") {
    if (mdev > 0) return;
    circle(pen, middle, middle, Math.max(0.8, size * 0.035));
    fill(pen, palette.faint);
    return;
  }
  outline(pen, box);
  fill(pen, palette.tile);
  if (machine === "standby") hatch(pen, box, palette.faint, Math.max(3, size / 7));
  if (machine === "checkstopped") {
    pen.globalAlpha = mdev > 0 ? 1 : 0.45;
    hatch(pen, box, palette.bad, Math.max(3, size / 7));
    pen.globalAlpha = 1;
    outline(pen, box, 0.5);
    stroke(pen, palette.bad, 1);
  }
  if (machine === "leaving") {
    outline(pen, box, 0.75);
    stroke(pen, palette.bad, 1.2, [2, 2.5]);
  }
}

/** Slanting lines within a box. */
function hatch(pen: Pen, box: Tile, colour: string, distance: number): void {
  pen.save();
  outline(pen, box);
  pen.clip();
  pen.beginPath();
  for (let x = box.at - box.side; x < box.at + box.side; x += distance) {
    pen.moveTo(x, box.at + box.side);
    pen.lineTo(x + box.side, box.at);
  }
  stroke(pen, colour, Math.max(1, distance / 4));
  pen.restore();
}

/** Full: in the guest. Pale: would be, if the guest ran. Frame with slanting lines: held back. Only a frame: only mdevs are shown. */
function drawAssigned(pen: Pen, { guest }: Look, box: Tile, colour: string, { size, layers }: Style): void {
  if (layers.guest) {
    if (guest === "plugged" || guest === "ready") {
      outline(pen, box);
      fill(pen, colour, guest === "plugged" ? 1 : 0.28);
    } else {
      pen.globalAlpha = 0.55;
      hatch(pen, box, colour, Math.max(3, size / 6));
      pen.globalAlpha = 1;
    }
  }
  if (layers.mdev || (layers.guest && guest !== "plugged")) {
    const width = size >= 30 ? 2 : 1.25;
    outline(pen, box, width / 2);
    stroke(pen, colour, width);
  }
}

/** Tells mdevs of the same colour apart, at the edge of the cell: the number stays in its middle. */
function drawSecondSign(pen: Pen, look: Look, box: Tile, colour: string, { size, layers, palette }: Style): void {
  const sign = secondSign(look.mdev);
  if (sign === "") return;
  const isFull = look.guest === "plugged" && layers.guest;
  const ink = isFull ? palette.panel : colour;
  const { at, side } = box;
  const [far, width, leg] = [at + side, Math.max(1.5, size * 0.09), side * (size < SIGNS_FROM ? 0.26 : 0.34)];
  pen.save();
  outline(pen, box);
  pen.clip();
  const corner = (x: number, y: number, dx: number, dy: number) => {
    lines(pen, [
      [x, y],
      [x + dx * leg, y],
      [x, y + dy * leg],
    ]);
    fill(pen, ink);
  };
  if (sign === "corner" || sign === "corners") corner(far, at, -1, 1);
  if (sign === "corners") corner(at, far, 1, -1);
  if (sign === "ring") {
    outline(pen, box, Math.max(1.5, size * 0.08));
    stroke(pen, ink, Math.max(1, size * 0.05));
  }
  pen.fillStyle = ink;
  if (sign === "bar" || sign === "cross") pen.fillRect(at, at + width, side, width);
  if (sign === "foot") pen.fillRect(at, far - 2 * width, side, width);
  if (sign === "side" || sign === "cross") pen.fillRect(at + width, at, width, side);
  pen.restore();
}

/** The guest has it, or would have it, and cannot use it: a red edge, and a corner that is cut off. */
function drawUseless(pen: Pen, box: Tile, { size, palette }: Style): void {
  const { at, side } = box;
  const [leg, low] = [side * (size < SIGNS_FROM ? 0.3 : 0.42), at + side];
  pen.save();
  outline(pen, box);
  pen.clip();
  lines(pen, [
    [at, low - leg],
    [at + leg, low],
    [at, low],
  ]);
  fill(pen, palette.bad);
  pen.restore();
  const width = Math.max(1.75, size / 12);
  outline(pen, box, width * 0.4);
  stroke(pen, palette.bad, width);
}

/** A small cell of an mdev that no driver has: its sign takes all of it. */
function drawAlarm(pen: Pen, box: Tile, { size, palette }: Style): void {
  outline(pen, box);
  fill(pen, palette.bad);
  const [middle, arm] = [size / 2, box.side * 0.22];
  pen.lineCap = "round";
  lines(pen, ...[-arm, arm].map((to) => [[middle + to, middle - arm] as const, [middle - to, middle + arm] as const]));
  stroke(pen, palette.panel, Math.max(1.5, size / 10));
}

function drawDriver(pen: Pen, { driver, mdev, guest }: Look, box: Tile, { size, layers, palette }: Style): void {
  const [middle, height] = [size / 2, centre(size)];
  const hasLetter = size >= LETTERS_FROM;
  if (size < SIGNS_FROM && hasLetter && mdev === 0 && (driver === "host" || driver === "vfio-ap")) {
    letter(pen, driver === "host" ? "H" : "v", size, 9, palette.soft);
    return;
  }
  if (driver === "host" || driver === "host-offline") {
    circle(pen, middle, height, box.side * (size >= NAMES_FROM ? 0.27 : 0.31));
    if (driver === "host") fill(pen, palette.soft);
    else stroke(pen, palette.soft, 1.2);
    const [sign, colour] = driver === "host" ? ["H", palette.panel] : ["h", palette.soft];
    if (hasLetter) letter(pen, sign, size, Math.max(8, size * 0.3), colour);
  }
  if (driver === "unbound") {
    // Below the number, if there is one.
    const isCorner = mdev > 0 && hasLetter && (layers.mdev || layers.guest);
    const [x, y, arm] = isCorner
      ? [middle, size * (size >= NAMES_FROM ? 0.64 : 0.71), box.side * 0.11]
      : [middle, height, box.side * (size >= NAMES_FROM ? 0.18 : 0.22)];
    pen.lineCap = "round";
    const cross = [-arm, arm].map((to) => [[x + to, y - arm] as const, [x - to, y + arm] as const]);
    lines(pen, ...cross);
    stroke(pen, palette.bad, Math.max(1.2, size / 20));
  }
  if (driver === "vfio-ap" && (mdev === 0 || !(layers.mdev || layers.guest))) {
    const inset = Math.max(1, size * (size >= NAMES_FROM ? 0.2 : 0.12));
    const side = box.side - 2 * inset;
    rounded(pen, { x: box.at + inset, y: height - side / 2, size: side }, Math.max(1, box.radius - inset / 2));
    stroke(pen, palette.soft, size >= 30 ? 1.4 : 1, size >= 20 ? [3, 2.5] : [2, 1.5]);
    if (hasLetter) letter(pen, "v", size, Math.max(8, size * 0.3), palette.soft);
  }
  if (driver === "no-device" && mdev > 0 && guest !== "plugged") {
    circle(pen, middle, hasLetter ? size * 0.73 : middle, Math.max(1, size * 0.045));
    fill(pen, palette.text);
  }
}

/** Part of a cell that a number may be wide. */
const WIDEST = 0.66;

function letter(pen: Pen, text: string, size: number, height: number, colour: string, y = centre(size)): void {
  const font = `600 ${Math.round(height)}px system-ui, sans-serif`;
  // Two digits are as wide as a small cell: they are narrowed, so that its edge and its second sign are seen.
  write(pen, text, size / 2, y + height * 0.06, colour, font, size * WIDEST);
}

function drawNumber(pen: Pen, { mdev, guest, driver }: Look, colour: string, { size, layers, palette }: Style): void {
  const isFull = guest === "plugged" && layers.guest;
  const isHigh = !isFull && layers.host && (driver === "unbound" || driver === "no-device");
  if (layers.host && (driver === "host" || driver === "host-offline")) return;
  letter(
    pen,
    mdevSign(mdev),
    size,
    numberHeight(size),
    isFull ? palette.panel : guestText(colour, palette),
    isHigh ? size * (size >= NAMES_FROM ? 0.33 : 0.42) : centre(size),
  );
}

/** Small cells are filled by their number, large ones have room for more. */
const numberHeight = (size: number): number => Math.max(Math.min(11, size * 0.62), size * 0.34);

/** On slanting lines, in dark mode, only the text's colour can be read. */
const guestText = (colour: string, { isDark, text }: Palette): string => (isDark ? text : colour);

function drawFlag(pen: Pen, { at, side }: Tile, { bad, panel }: Palette): void {
  const length = Math.max(4, side * 0.38);
  const corner = [at + side, at] as const;
  lines(pen, [[at + side - length, at], corner, [at + side, at + length]]);
  pen.closePath();
  fill(pen, bad);
  stroke(pen, panel, 1);
}

/** The guest's bus does not show what the guest was given, or nobody there uses it. */
const UNLIKE: readonly Look["inside"][] = ["not-noticed", "no-device", "withheld", "unused"];

/** A few dots: the whole square, its lower left half, or its middle, each in its colour. */
function drawSmall(pen: Pen, look: Look, { size, layers, palette }: Style): void {
  const gap = size >= 5 ? 1 : 0.5;
  const side = size - gap;
  const { machine, driver, mdev, guest, resetFailed } = look;
  if (layers.machine && machine !== "absent") {
    pen.fillStyle = machine === "there" ? palette.tile : palette.faint;
    pen.fillRect(0, 0, side, side);
  }
  if (mdev > 0 && (layers.mdev || layers.guest)) {
    const colour = mdevColour(mdev, palette.isDark);
    pen.fillStyle = colour;
    if (!layers.guest || guest === "plugged") pen.fillRect(0, 0, side, side);
    else if (guest === "ready") pen.fillRect(side / 4, side / 4, side / 2, side / 2);
    else {
      lines(pen, [
        [0, 0],
        [0, side],
        [side, side],
      ]);
      fill(pen, colour);
    }
  } else if (layers.host && driver !== "no-device") {
    const inset = side / 4;
    pen.fillStyle = driver === "unbound" ? palette.bad : driver === "vfio-ap" ? palette.text : palette.soft;
    if (driver === "vfio-ap") pen.globalAlpha = 0.45;
    pen.fillRect(inset, inset, side - 2 * inset, side - 2 * inset);
    pen.globalAlpha = 1;
  }
  if ((layers.host && mdev > 0 && (driver === "unbound" || resetFailed)) || isUseless(look)) {
    pen.fillStyle = palette.bad;
    pen.fillRect(side * 0.5, 0, side * 0.5, side * 0.5);
  }
  if (layers.inside && (look.stillShown || UNLIKE.includes(look.inside))) {
    pen.fillStyle = palette.text;
    pen.fillRect(side * 0.5, side * 0.5, side * 0.5, side * 0.5);
  }
}
