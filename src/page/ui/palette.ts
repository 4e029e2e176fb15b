// The colours that the canvas draws with: those of the style sheet, and one of each mdev. Shapes and numbers say the same as colours.
import { MDEV_COLOURS } from "../../answers/show/svg-style.ts";

export interface Palette {
  readonly isDark: boolean;
  readonly page: string;
  readonly panel: string;
  readonly tile: string;
  readonly edge: string;
  readonly text: string;
  readonly soft: string;
  readonly faint: string;
  readonly bad: string;
  readonly good: string;
  readonly accent: string;
  readonly mono: string;
}

const NAMES = ["page", "panel", "tile", "edge", "text", "soft", "faint", "bad", "good", "accent", "mono"] as const;

/** As the style sheet has them now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return { ...colours, isDark: style.getPropertyValue("--is-dark").trim() === "1" } as unknown as Palette;
}

/** @param mdev number, from 1 */
export function mdevColour(mdev: number, isDark: boolean): string {
  const colour = MDEV_COLOURS[(mdev - 1) % MDEV_COLOURS.length] as (typeof MDEV_COLOURS)[number];
  return isDark ? colour.dark : colour.light;
}
