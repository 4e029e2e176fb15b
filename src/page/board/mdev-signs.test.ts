// No two of 64 guests look alike: those of one colour have different signs, and colours differ for all kinds of sight.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MDEV_COLOURS } from "../../answers/show/svg-style.ts";
import { secondSign } from "./mdev-signs.ts";

type Three = readonly [number, number, number];
type Rows = readonly [Three, Three, Three];

/** Machado, Oliveira, Fernandes 2009, severity 1.0, for linear RGB. */
const SIGHTS: Readonly<Record<string, Rows>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  "without red cones": [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  "without green cones": [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  "without blue cones": [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** sRGB to linear, 0..1. */
function linear(hex: string): Three {
  const at = (from: number): number => {
    const value = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [at(1), at(3), at(5)];
}

const dot = (a: Three, b: Three): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const clamped = (value: number): number => Math.min(1, Math.max(0, value));
const seenAs = (rows: Rows, colour: Three): Three => [
  clamped(dot(rows[0], colour)),
  clamped(dot(rows[1], colour)),
  clamped(dot(rows[2], colour)),
];

/** CIE L*a*b*, white D65. */
function lab(colour: Three): Three {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f(dot([0.4124, 0.3576, 0.1805], colour) / 0.95047);
  const y = f(dot([0.2126, 0.7152, 0.0722], colour));
  const z = f(dot([0.0193, 0.1192, 0.9505], colour) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a: Three, b: Three): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** About ten times what can just be seen. */
const CLEAR = 20;

describe("the looks of 64 guests", () => {
  for (const theme of ["light", "dark"] as const) {
    for (const [sight, rows] of Object.entries(SIGHTS)) {
      it(`differ in colour or in their second sign, for sight ${sight}, in ${theme}`, () => {
        const seen = MDEV_COLOURS.map((colour) => lab(seenAs(rows, linear(colour[theme]))));
        for (let a = 1; a <= 64; a++) {
          for (let b = a + 1; b <= 64; b++) {
            if (secondSign(a) !== secondSign(b)) continue;
            const [one, other] = [seen[(a - 1) % seen.length], seen[(b - 1) % seen.length]];
            assert.ok(
              one && other && distance(one, other) >= CLEAR,
              `${a} and ${b}: ${one && other && distance(one, other)}`,
            );
          }
        }
      });
    }
  }

  it("let their numbers be read", () => {
    const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], linear(hex));
    const contrast = (a: string, b: string): number => {
      const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (high + 0.05) / (low + 0.05);
    };
    for (const { light, dark } of MDEV_COLOURS) {
      assert.ok(contrast(light, "#ffffff") >= 4.5, light);
      assert.ok(contrast(dark, "#161b22") >= 4.5, dark);
    }
  });
});
