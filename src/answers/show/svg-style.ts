// Colours and fonts of the picture, for light and for dark. Every class begins with ap-, so that a page can hold the picture
// inline. Signs differ by shape or letter as well: colours are never all there is.

/**
 * Fill of an mdev. Mdevs beyond them begin anew: numbers, and on the page a second sign, tell those apart. They were found by a search for
 * colours that differ most, for all kinds of sight, from each other and from the red of what is wrong, and that text can be read on.
 */
export const MDEV_COLOURS = [
  { light: "#3069fd", dark: "#0daeff" },
  { light: "#198643", dark: "#32f8bd" },
  { light: "#ac5482", dark: "#fe21d4" },
  { light: "#8761c4", dark: "#f5abdf" },
  { light: "#6b0526", dark: "#ab8943" },
  { light: "#2002d1", dark: "#e2d97b" },
  { light: "#5a0096", dark: "#91b100" },
  { light: "#5c045b", dark: "#a7f101" },
] as const;

/** Class of the colour of an mdev, by its number from 1. */
export const mdevClass = (number: number): string => `ap-m${(number - 1) % MDEV_COLOURS.length}`;

const THEMES = {
  light: {
    page: "#f5f6f8",
    panel: "#ffffff",
    edge: "#d5d9df",
    text: "#1b1f24",
    soft: "#5a6370",
    on: "#ffffff",
    bad: "#b3261e",
    stripe: "#f1f3f6",
  },
  dark: {
    page: "#0f1318",
    panel: "#181d24",
    edge: "#333b46",
    text: "#e8ebef",
    soft: "#a3adba",
    on: "#12161b",
    bad: "#ff8f87",
    stripe: "#1f252d",
  },
} as const;

function themeRules(theme: keyof typeof THEMES): string {
  const { page, panel, edge, text, soft, on, bad, stripe } = THEMES[theme];
  const mdevs = MDEV_COLOURS.map((colour, at) => `.ap-m${at}{fill:${colour[theme]};stroke:${colour[theme]}}`);
  return [
    `.ap-page{fill:${page}}`,
    `.ap-panel{fill:${panel};stroke:${edge}}`,
    `.ap-stripe{fill:${stripe}}`,
    `.ap-text{fill:${text}}`,
    `.ap-soft{fill:${soft}}`,
    `.ap-on{fill:${on}}`,
    `.ap-host{fill:${soft};stroke:${soft}}`,
    `.ap-line{stroke:${soft}}`,
    `.ap-bad{stroke:${bad}}`,
    `.ap-alarm{fill:${bad}}`,
    ...mdevs,
  ].join("");
}

/** Behind the colours, because it takes the filling of shapes away. */
const SHAPES = [
  ".ap text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}",
  ".ap .ap-id{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}",
  ".ap .ap-strong{font-weight:600}",
  ".ap .ap-middle{text-anchor:middle}",
  ".ap .ap-full{stroke-width:1.5}",
  ".ap .ap-hollow{fill:none;stroke-width:1.5}",
  ".ap .ap-dashes{fill:none;stroke-width:1.5;stroke-dasharray:3 2.5}",
].join("");

export const styleSheet = (): string =>
  `${themeRules("light")}@media (prefers-color-scheme:dark){${themeRules("dark")}}${SHAPES}`;
