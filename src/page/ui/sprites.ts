// Cells as small pictures: each look is drawn once for a size, and then only copied. What a cell shows depends on the layers.

import { mdevText } from "../../answers/show/table-signs.ts";
import type { Look } from "../board/board.ts";
import type { Layers } from "./page-state.ts";
import { mdevColour, type Palette } from "./palette.ts";

export interface SpriteStyle {
  /** Side in CSS pixels, and device pixels for each. */
  readonly size: number;
  readonly scale: number;
  readonly layers: Layers;
  readonly palette: Palette;
}

type Pen = CanvasRenderingContext2D;

/** Signs stand in the middle, or a little above it where the queue's name stands below them. */
const centre = (size: number): number => size * (size >= NAMES_FROM ? 0.43 : 0.5);

/** Below this there is no room for letters. */
const LETTERS_FROM = 17;
/** From here on a cell names its queue. */
export const NAMES_FROM = 50;
/** Below this a cell is a few dots: shapes become areas. */
const SHAPES_FROM = 9;

/** A picture of a cell on the page's ground, size * scale device pixels wide and high. */
export function drawSprite(look: Look, { size, scale, layers, palette }: SpriteStyle): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(size * scale);
  canvas.height = canvas.width;
  const pen = canvas.getContext("2d") as Pen;
  pen.scale(canvas.width / size, canvas.height / size);
  pen.fillStyle = palette.panel;
  pen.fillRect(0, 0, size, size);
  drawLook(pen, look, { size, layers, palette });
  return canvas;
}

/** For legends: without ground. */
export function drawLook(pen: Pen, look: Look, style: Omit<SpriteStyle, "scale">): void {
  const { size, layers, palette } = style;
  if (size < SHAPES_FROM) {
    drawSmall(pen, look, style);
    return;
  }
  const gap = size >= 30 ? 2.5 : size >= 16 ? 1.5 : 1;
  const box = { at: gap, side: size - 2 * gap, radius: Math.max(1.5, size * 0.14) };
  if (layers.machine) drawMachine(pen, look, box, style);
  const colour = look.mdev > 0 ? mdevColour(look.mdev, palette.isDark) : palette.soft;
  if (look.mdev > 0) drawAssigned(pen, look, box, colour, style);
  if (layers.host) drawDriver(pen, look, box, style);
  if (look.mdev > 0 && (layers.mdev || layers.guest) && size >= LETTERS_FROM) drawNumber(pen, look, colour, style);
  if (layers.host && look.resetFailed) drawFlag(pen, box, palette);
}

interface Box {
  readonly at: number;
  readonly side: number;
  readonly radius: number;
}
type Style = Omit<SpriteStyle, "scale">;

const rounded = (pen: Pen, { at, side, radius }: Box, inset = 0): void => {
  pen.beginPath();
  pen.roundRect(at + inset, at + inset, side - 2 * inset, side - 2 * inset, Math.max(0, radius - inset));
};

function drawMachine(pen: Pen, { machine, mdev }: Look, box: Box, { size, palette }: Style): void {
  const middle = size / 2;
  if (machine === "absent") {
    if (mdev > 0) return;
    pen.fillStyle = palette.faint;
    pen.beginPath();
    pen.arc(middle, middle, Math.max(0.8, size * 0.035), 0, 2 * Math.PI);
    pen.fill();
    return;
  }
  rounded(pen, box);
  pen.fillStyle = palette.tile;
  pen.fill();
  if (machine === "standby") hatch(pen, box, palette.faint, Math.max(3, size / 7));
  if (machine === "checkstopped") {
    hatch(pen, box, palette.bad, Math.max(3, size / 7));
    rounded(pen, box, 0.5);
    pen.strokeStyle = palette.bad;
    pen.lineWidth = 1;
    pen.stroke();
  }
  if (machine === "leaving") {
    rounded(pen, box, 0.75);
    pen.strokeStyle = palette.bad;
    pen.lineWidth = 1.2;
    pen.setLineDash([2, 2.5]);
    pen.stroke();
    pen.setLineDash([]);
  }
}

/** Slanting lines within a box. */
function hatch(pen: Pen, box: Box, colour: string, distance: number): void {
  pen.save();
  rounded(pen, box);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(1, distance / 4);
  pen.beginPath();
  for (let x = box.at - box.side; x < box.at + box.side; x += distance) {
    pen.moveTo(x, box.at + box.side);
    pen.lineTo(x + box.side, box.at);
  }
  pen.stroke();
  pen.restore();
}

/** Full: in the guest. Pale: would be, if the guest ran. Frame with slanting lines: held back. Frame alone: only the mdevs are shown. */
function drawAssigned(pen: Pen, { guest }: Look, box: Box, colour: string, { size, layers }: Style): void {
  if (layers.guest) {
    if (guest === "plugged" || guest === "ready") {
      rounded(pen, box);
      pen.globalAlpha = guest === "plugged" ? 1 : 0.28;
      pen.fillStyle = colour;
      pen.fill();
      pen.globalAlpha = 1;
    } else {
      pen.globalAlpha = 0.55;
      hatch(pen, box, colour, Math.max(3, size / 6));
      pen.globalAlpha = 1;
    }
  }
  if (layers.mdev || (layers.guest && guest !== "plugged")) {
    const width = size >= 30 ? 2 : 1.25;
    rounded(pen, box, width / 2);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }
}

function drawDriver(pen: Pen, { driver, mdev, guest }: Look, box: Box, { size, layers, palette }: Style): void {
  const [middle, height] = [size / 2, centre(size)];
  const hasLetter = size >= LETTERS_FROM;
  if (driver === "host" || driver === "host-offline") {
    pen.beginPath();
    pen.arc(middle, height, box.side * (size >= NAMES_FROM ? 0.27 : 0.31), 0, 2 * Math.PI);
    if (driver === "host") {
      pen.fillStyle = palette.soft;
      pen.fill();
    } else {
      pen.strokeStyle = palette.soft;
      pen.lineWidth = 1.2;
      pen.stroke();
    }
    if (hasLetter)
      letter(pen, driver === "host" ? "H" : "h", size, size * 0.3, driver === "host" ? palette.panel : palette.soft);
  }
  if (driver === "unbound") {
    // Beside the number, where there is one.
    const isCorner = mdev > 0 && hasLetter && (layers.mdev || layers.guest);
    const [x, y, arm] = isCorner
      ? [middle, size * (size >= NAMES_FROM ? 0.64 : 0.71), box.side * 0.11]
      : [middle, height, box.side * (size >= NAMES_FROM ? 0.18 : 0.22)];
    pen.strokeStyle = palette.bad;
    pen.lineWidth = Math.max(1.2, size / 20);
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(x - arm, y - arm);
    pen.lineTo(x + arm, y + arm);
    pen.moveTo(x + arm, y - arm);
    pen.lineTo(x - arm, y + arm);
    pen.stroke();
  }
  if (driver === "vfio-ap" && (mdev === 0 || !(layers.mdev || layers.guest))) {
    const inset = Math.max(1, size * (size >= NAMES_FROM ? 0.2 : 0.12));
    const side = box.side - 2 * inset;
    pen.beginPath();
    pen.roundRect(box.at + inset, height - side / 2, side, side, Math.max(1, box.radius - inset / 2));
    pen.strokeStyle = palette.soft;
    pen.lineWidth = size >= 30 ? 1.4 : 1;
    pen.setLineDash(size >= 20 ? [3, 2.5] : [2, 1.5]);
    pen.stroke();
    pen.setLineDash([]);
    if (hasLetter) letter(pen, "v", size, size * 0.3, palette.soft);
  }
  if (driver === "no-device" && mdev > 0 && guest !== "plugged") {
    pen.fillStyle = palette.text;
    pen.beginPath();
    pen.arc(middle, hasLetter ? size * 0.73 : middle, Math.max(1, size * 0.045), 0, 2 * Math.PI);
    pen.fill();
  }
}

function letter(pen: Pen, text: string, size: number, height: number, colour: string, y = centre(size)): void {
  pen.fillStyle = colour;
  pen.font = `600 ${Math.max(9, Math.round(height))}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, size / 2, y + height * 0.06);
}

function drawNumber(pen: Pen, { mdev, guest, driver }: Look, colour: string, { size, layers, palette }: Style): void {
  const isFull = guest === "plugged" && layers.guest;
  const isHigh = !isFull && layers.host && (driver === "unbound" || driver === "no-device");
  if (layers.host && (driver === "host" || driver === "host-offline")) return;
  letter(
    pen,
    mdevText(mdev),
    size,
    size * 0.34,
    isFull ? palette.panel : guestText(colour, palette),
    isHigh ? size * (size >= NAMES_FROM ? 0.33 : 0.42) : centre(size),
  );
}

/** On slanting lines only the strongest colour can be read. */
const guestText = (colour: string, { isDark, text }: Palette): string => (isDark ? text : colour);

function drawFlag(pen: Pen, { at, side }: Box, { bad, panel }: Palette): void {
  const length = Math.max(4, side * 0.38);
  pen.fillStyle = bad;
  pen.strokeStyle = panel;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(at + side - length, at);
  pen.lineTo(at + side, at);
  pen.lineTo(at + side, at + length);
  pen.closePath();
  pen.fill();
  pen.stroke();
}

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
    pen.fillStyle = mdevColour(mdev, palette.isDark);
    const isFull = !layers.guest || guest === "plugged";
    if (isFull) pen.fillRect(0, 0, side, side);
    else if (guest === "ready") pen.fillRect(side / 4, side / 4, side / 2, side / 2);
    else {
      pen.beginPath();
      pen.moveTo(0, 0);
      pen.lineTo(0, side);
      pen.lineTo(side, side);
      pen.fill();
    }
  } else if (layers.host && driver !== "no-device") {
    const inset = side / 4;
    pen.fillStyle = driver === "unbound" ? palette.bad : driver === "vfio-ap" ? palette.text : palette.soft;
    if (driver === "vfio-ap") pen.globalAlpha = 0.45;
    pen.fillRect(inset, inset, side - 2 * inset, side - 2 * inset);
    pen.globalAlpha = 1;
  }
  if (layers.host && mdev > 0 && (driver === "unbound" || resetFailed)) {
    pen.fillStyle = palette.bad;
    pen.fillRect(side * 0.5, 0, side * 0.5, side * 0.5);
  }
}
