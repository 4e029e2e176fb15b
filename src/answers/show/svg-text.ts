// SVG as text: elements, attributes and escaping, and how much room letters take where nothing can measure them.

type Attributes = Readonly<Record<string, string | number | undefined>>;

// XML has no place for most of these, not even as references, and a label none for line breaks.
const NOT_IN_XML = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Any text as content or attribute value. */
export const escapeXml = (text: string): string =>
  text.replace(NOT_IN_XML, "\ufffd").replace(/[&<>"']/g, (character) => ESCAPES[character] as string);

const attributesText = (attributes: Attributes): string =>
  Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");

/** An element with children that are markup already. */
export const element = (name: string, attributes: Attributes, ...children: readonly string[]): string =>
  children.length === 0
    ? `<${name}${attributesText(attributes)}/>`
    : `<${name}${attributesText(attributes)}>${children.join("")}</${name}>`;

/** A line of text; what it says is escaped. */
export const textElement = (words: string, attributes: Attributes): string =>
  element("text", attributes, escapeXml(words));

/** A piece of a picture that somebody else places. */
export interface SvgBlock {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

export const placed = ({ body }: SvgBlock, x: number, y: number): string =>
  element("g", { transform: `translate(${x} ${y})` }, `\n${body}\n`);

/** Generous widths of a letter, in parts of the font size. */
const LETTER = { sans: 0.57, mono: 0.62 } as const;

export const textWidth = (words: string, size: number, font: keyof typeof LETTER = "sans"): number =>
  Math.ceil([...words].length * size * LETTER[font]);

/** Cut with an ellipsis to what fits. */
export function fitted(words: string, width: number, size: number, font: keyof typeof LETTER = "sans"): string {
  const letters = [...words];
  const room = Math.floor(width / (size * LETTER[font]));
  return letters.length <= room ? words : `${letters.slice(0, Math.max(room - 1, 0)).join("")}…`;
}

/** Broken at blanks into lines that fit. */
export function wrapped(words: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(fitted(word, width, size));
  }
  return lines;
}
