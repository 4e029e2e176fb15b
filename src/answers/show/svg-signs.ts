// The shapes that stand for signs in the picture. Cells of one shape are one path, so that a grid of 65536 queues stays small.
import type { GuestSign } from "./guest-grid.ts";
import type { HostSign, HostSignName } from "./host-grid.ts";
import { mdevClass } from "./svg-style.ts";
import { mdevSign } from "./table-signs.ts";

/** Where a shape is drawn. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Outline = "none" | "box" | "round" | "crossed" | "dot";

export interface SvgSign {
  readonly outline: Outline;
  /** Classes of the outline. */
  readonly shapeClass: string;
  /** At most two characters on it, in this class. */
  readonly letter: string;
  readonly letterClass: string;
}

const NOTHING: SvgSign = { outline: "none", shapeClass: "", letter: "", letterClass: "" };
const ABSENT: SvgSign = { ...NOTHING, outline: "dot", shapeClass: "ap-soft" };

const HOST_SIGNS: Readonly<Record<HostSignName, SvgSign>> = {
  host: { outline: "round", shapeClass: "ap-host ap-full", letter: "H", letterClass: "ap-on" },
  "host-not-online": { outline: "round", shapeClass: "ap-line ap-hollow", letter: "h", letterClass: "ap-soft" },
  unassigned: { outline: "box", shapeClass: "ap-line ap-dashes", letter: "v", letterClass: "ap-text" },
  "assigned-unseen": { outline: "box", shapeClass: "ap-line ap-hollow", letter: "a", letterClass: "ap-text" },
  "no-driver": { outline: "crossed", shapeClass: "ap-bad ap-hollow", letter: "", letterClass: "" },
  unknown: { ...NOTHING, letter: "?", letterClass: "ap-alarm" },
  absent: ABSENT,
};

export const hostSvgSign = (sign: HostSign): SvgSign =>
  typeof sign === "number"
    ? { outline: "box", shapeClass: `${mdevClass(sign)} ap-full`, letter: mdevSign(sign), letterClass: "ap-on" }
    : HOST_SIGNS[sign];

const GUEST_SIGNS: Readonly<Record<Exclude<GuestSign, "plugged" | "filtered">, SvgSign>> = {
  "not-with-vfio-ap": HOST_SIGNS["no-driver"],
  "not-in-host": ABSENT,
  unknown: HOST_SIGNS.unknown,
  none: NOTHING,
};

/** @param mdev the number of the mdev whose colour it has */
export function guestSvgSign(sign: GuestSign, mdev: number): SvgSign {
  if (sign !== "plugged" && sign !== "filtered") return GUEST_SIGNS[sign];
  return {
    ...NOTHING,
    outline: "box",
    shapeClass: `${mdevClass(mdev)} ${sign === "plugged" ? "ap-full" : "ap-hollow"}`,
  };
}

const CORNER = 4;

/** Data of a path that draws this outline into a box. */
export function outlinePath(outline: Outline, { x, y, width, height }: Rectangle): string {
  const [centre, middle] = [x + width / 2, y + height / 2];
  switch (outline) {
    case "none":
      return "";
    case "box": {
      const [across, down] = [width - 2 * CORNER, height - 2 * CORNER];
      const arc = (dx: number, dy: number) => `a${CORNER} ${CORNER} 0 0 1 ${dx} ${dy}`;
      return `M${x + CORNER} ${y}h${across}${arc(CORNER, CORNER)}v${down}${arc(-CORNER, CORNER)}h${-across}${arc(-CORNER, -CORNER)}v${-down}${arc(CORNER, -CORNER)}z`;
    }
    case "round": {
      const radius = Math.min(width, height) / 2;
      return `M${centre - radius} ${middle}a${radius} ${radius} 0 1 1 ${2 * radius} 0a${radius} ${radius} 0 1 1 ${-2 * radius} 0z`;
    }
    case "crossed": {
      const arm = Math.min(width, height) / 2 - 3;
      return `M${centre - arm} ${middle - arm}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`;
    }
    case "dot":
      return `M${centre - 1.5} ${middle}a1.5 1.5 0 1 1 3 0a1.5 1.5 0 1 1 -3 0z`;
  }
}
