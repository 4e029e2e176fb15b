// Pieces of source put together into functions of a size that the JavaScript engine likes.

/** Characters of the longest function. */
const LONGEST = 24_000;

/** A very large function is not compiled at all, and a large one late; so there are several, each of some pieces in their order. */
export function inParts(pieces: readonly string[]): readonly string[] {
  const parts: string[] = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + piece.length <= LONGEST) parts[parts.length - 1] = `${last}\n${piece}`;
    else parts.push(piece);
  }
  return parts;
}
