// The colours that the canvas draws with: those of the style sheet, and one for each mdev. Shapes and numbers say the same as colours.

import { MDEV_COLOURS } from "../../answers/show/svg-style.ts";
import { must } from "../../system/ap/assert.ts";

/** Variables of the style sheet: colours, and a font. */
const NAMES = ["panel", "tile", "text", "soft", "faint", "bad", "good", "mono"] as const;

export type Palette = Readonly<Record<(typeof NAMES)[number], string>> & { readonly isDark: boolean };

let known: Palette | undefined;

/** The style sheet has other colours from now on. */
export const forgetPalette = (): void => {
  known = undefined;
};

/** As the style sheet has them now. Kept: to ask the browser while the page is drawn makes it work out all styles each time. */
export function readPalette(): Palette {
  known ??= askStyleSheet();
  return known;
}

function askStyleSheet(): Palette {
  const style = getComputedStyle(document.documentElement);
  const valueAt = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const values = Object.fromEntries(NAMES.map((name) => [name, valueAt(name)])) as Record<
    (typeof NAMES)[number],
    string
  >;
  return { ...values, isDark: valueAt("is-dark") === "1" };
}

/** @param mdev number, from 1 */
export function mdevColour(mdev: number, isDark: boolean): string {
  const { dark, light } = must(MDEV_COLOURS[(mdev - 1) % MDEV_COLOURS.length]);
  return isDark ? dark : light;
}
