// Colour for a terminal. It never says anything that the text does not say as well.

/** `mdev-1` and so on are colours of their own, as many as there are. */
export type Style = "plain" | "heading" | "dim" | "good" | "warning" | "bad" | `mdev-${number}`;
export type Paint = (text: string, style: Style) => string;

export const withoutColour: Paint = (text) => text;

const MDEV_CODES = ["36", "35", "34", "33", "32", "96", "95", "94"] as const;
const CODES = { heading: "1", dim: "2", good: "32", warning: "33", bad: "31" } as const;

function codeOf(style: Exclude<Style, "plain">): string {
  if (!style.startsWith("mdev-")) return CODES[style as keyof typeof CODES];
  return MDEV_CODES[(Number(style.slice("mdev-".length)) - 1) % MDEV_CODES.length] as string;
}

export const withColour: Paint = (text, style) =>
  style === "plain" || text.trim() === "" ? text : `\u001b[${codeOf(style)}m${text}\u001b[0m`;

/** What colour is made of, to be told from what somebody else wrote. */
export const SHOWS_COLOUR = new RegExp(`(${"\u001b"}\\[(?:0|${[...MDEV_CODES, ...Object.values(CODES)].join("|")})m)`);
