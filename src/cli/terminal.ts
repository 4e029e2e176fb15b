// What goes to the terminal. Any printed line may contain names, values and paths that somebody else chose, so all text passes here: control
// characters are escaped, except line ends, tabs and the colours of a table.
import { SHOWS_COLOUR } from "../answers/show/paint.ts";
import { sentenceOf } from "../guards/fault.ts";
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

/** What is done when stdout takes nothing more. */
type OutputLost = (why: NodeJS.ErrnoException) => void;

function endAtOnce(): void {
  process.exit();
}

let outputLost: OutputLost = endAtOnce;
let isLost = false;

/** What a command does when stdout takes nothing more, if it has more to do than to end at once. By then the user has been told. */
export function whenOutputIsLost(act: OutputLost): void {
  outputLost = act;
}

/** A reader that goes away early, as head does, is not an error; a full disk is one. It is told once, and makes the exit code. */
function loseOutput(why: NodeJS.ErrnoException): void {
  if (isLost) return;
  isLost = true;
  if (why.code !== "EPIPE") {
    complain(`stdout: ${sentenceOf(why)}`);
    process.once("exit", () => {
      process.exitCode ||= 1;
    });
  }
  outputLost(why);
}

/** Let all text that is printed from now on pass here; bytes go as they are. */
export function guardTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const isOutput = stream === process.stdout;
    stream.write = ((chunk: unknown, ...more: unknown[]): boolean => {
      const colours = isColoured && isOutput;
      const taken = write(typeof chunk === "string" ? printable(chunk, colours) : chunk, ...more);
      // Whoever ends the process right after the last write would never hear of it as an event.
      if (isOutput && stream.errored) loseOutput(stream.errored);
      return taken;
    }) as typeof stream.write;
    stream.on("error", isOutput ? loseOutput : () => undefined);
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

/** Whatever was thrown, in one line on stderr. */
export const complainOf = (thrown: unknown): void => complain(sentenceOf(thrown));

/** Lines of text for people. */
export function printLines(lines: readonly string[]): void {
  console.log(lines.map((line) => plain(line)).join("\n"));
}
