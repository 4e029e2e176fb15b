// Drawing on a canvas: shapes that the signs of the grid are made of, and what is done with a shape.
import { must } from "../../system/ap/assert.ts";

export type Pen = CanvasRenderingContext2D;

export const penOf = (canvas: HTMLCanvasElement, options?: CanvasRenderingContext2DSettings): Pen =>
  must(canvas.getContext("2d", options), "a canvas can be drawn on");

/** A square, or something else that is as wide as it is high. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export function circle(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}

export function rounded(pen: Pen, { x, y, size }: Square, radius: number): void {
  pen.beginPath();
  pen.roundRect(x, y, size, size, radius);
}

/** Lines, each from point to point. */
export function lines(pen: Pen, ...all: readonly (readonly (readonly [number, number])[])[]): void {
  pen.beginPath();
  for (const points of all) {
    for (const [n, [x, y]] of points.entries()) {
      if (n === 0) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    }
  }
}

export function fill(pen: Pen, colour: string, alpha = 1): void {
  pen.globalAlpha = alpha;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
}

/** @param dash lengths of a line and of the gap after it; none: the line is whole */
export function stroke(pen: Pen, colour: string, width: number, dash: readonly number[] = []): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash([...dash]);
  pen.stroke();
  pen.setLineDash([]);
}

/** @param x of its middle, as `y` */
/** @param widest a text that is wider is narrowed */
export function write(
  pen: Pen,
  text: string,
  x: number,
  y: number,
  colour: string,
  font: string,
  widest?: number,
): void {
  pen.fillStyle = colour;
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y, widest);
}
