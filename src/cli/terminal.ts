// What goes to the terminal. Any printed line may contain names, values and paths that somebody else chose, so all text passes here: control
// characters are escaped, except line ends, tabs and the colours of a table.
import { SHOWS_COLOUR } from "../answers/show/paint.ts";
import { plain, UNSEEN } from "../system/ap/quoted.ts";

/** The most characters of a line on stderr. */
const LONGEST_LINE = 4000;

let isColoured = false;

/** From now on colours are allowed on stdout. */
export function allowColours(): void {
  isColoured = true;
}

/** Text of several lines, made safe to print. */
export function printable(text: string, colours: boolean): string {
  if (!colours) return text.replace(UNSEEN, escapedInLine);
  // Every other piece is one of our colours.
  const pieces = text.split(SHOWS_COLOUR);
  return pieces.map((piece, at) => (at % 2 === 0 ? piece.replace(UNSEEN, escapedInLine) : piece)).join("");
}

const escapedInLine = (character: string): string =>
  character === "\n" || character === "\t" ? character : plain(character);

/** From now on all printed text passes here; bytes stay as they are. */
export function guardTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = ((chunk: unknown, ...more: unknown[]): boolean => {
      const colours = isColoured && stream === process.stdout;
      return write(typeof chunk === "string" ? printable(chunk, colours) : chunk, ...more);
    }) as typeof stream.write;
  }
}

/** Prints a file: unchanged for a program, made safe for a terminal. */
export function printFile(text: string): void {
  process.stdout.write(process.stdout.isTTY ? text : Buffer.from(text));
}

/** Prints one line on stderr, whatever is in the sentence. */
export function complain(sentence: string): void {
  console.error(`apmatrix: ${plain(sentence, LONGEST_LINE)}`);
}

/** Lines of text for people. */
export function printLines(lines: readonly string[]): void {
  console.log(lines.map((line) => plain(line)).join("\n"));
}
