// One question to whoever sits at the terminal, answered by a line.
import { createInterface } from "node:readline";

/** Whether somebody is there to be asked: what is typed comes from a terminal, and what is asked goes to one. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

export interface AskedLine {
  /** Undefined: there was no line. */
  readonly answer: Promise<string | undefined>;
  /** Nobody wants to know any more. */
  cancel(): void;
}

export function ask(lines: readonly string[]): AskedLine {
  // Not as a terminal: Ctrl-C has to stay a signal.
  const reader = createInterface({ input: process.stdin, terminal: false });
  process.stderr.write(`${lines.join("\n")}\n> `);
  const answer = new Promise<string | undefined>((resolve) => {
    reader.once("line", (line) => {
      resolve(line);
      reader.close();
    });
    reader.once("close", () => resolve(undefined));
  });
  return { answer, cancel: () => reader.close() };
}
