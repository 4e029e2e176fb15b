// What goes to the terminal. Names, values and paths that somebody else chose may come with any line that is printed, so all text passes
// here: what a terminal acts on is escaped, but for line ends, tabs and the colours that a table has asked for.
import { SHOWS_COLOUR } from "../answers/show/paint.ts";
import { sentenceOf } from "../guards/fault.ts";
import { plain, UNSEEN } from "../system/ap/quoted.ts";

/** Characters of a line on stderr. */
const LONGEST_LINE = 4000;

let isColoured = false;

/** From now on colours on stdout are meant. */
export function allowColours(): void {
  isColoured = true;
}

/** Text in lines as it may be printed. */
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

/** A file of a format of its own: as it is if a program gets it, fit for people if a terminal does. */
export function printFile(text: string): void {
  process.stdout.write(process.stdout.isTTY ? text : Buffer.from(text));
}

/** One line on stderr, whatever the sentence holds. */
export function complain(sentence: string): void {
  console.error(`apmatrix: ${plain(sentence, LONGEST_LINE)}`);
}

/** Whatever was thrown, in one line on stderr. */
export const complainOf = (thrown: unknown): void => complain(sentenceOf(thrown));

/** Lines of text for people. */
export function printLines(lines: readonly string[]): void {
  console.log(lines.map((line) => plain(line)).join("\n"));
}
