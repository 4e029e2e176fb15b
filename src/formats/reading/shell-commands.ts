// What a shell makes of a text before it runs anything: commands, and their words without quotes, each with its place. Nothing is
// expanded: a variable stays as it is written.
import type { Position } from "./input-error.ts";
import { mistake } from "./text-mistake.ts";

export interface ShellWord {
  readonly text: string;
  /** Where a character of the text stands; they count from 0. */
  readonly placeOf: (index: number) => Position;
}

export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** Files that its output goes to. */
  readonly targets: readonly string[];
  /** Text that it is given below it, up to a word of its own (`<<EOF`). */
  readonly input: string;
  /** What parts it from the command before: `&&`, `||`, `|`, `;` or a line end. */
  readonly after: string;
}

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

const SEPARATOR = /&&|\|\||\|&?|;;?|[&()]/y;
const REDIRECTION = /&>>?|[<>]{1,3}[&|]?-?/y;

/** Throws its mistakes (a quote that is not closed): call it inside `reading`. */
export function shellCommands(lines: readonly NumberedLine[]): readonly ShellCommand[] {
  const scanner = new ShellScanner(lines);
  return scanner.commands();
}

class ShellScanner {
  readonly #text: string;
  readonly #lines: readonly { readonly number: number; readonly start: number }[];
  #at = 0;
  /** The word that is being read: where it starts, its characters, and where each of them stands. */
  #word: { readonly start: number; text: string; readonly offsets: number[] } | undefined;
  #isTarget = false;
  /** The words that end the texts that are given to commands of this line. */
  #ends: string[] = [];
  #isEnd = false;
  #words: ShellWord[] = [];
  #targets: string[] = [];
  #after = "\n";
  readonly #commands: ShellCommand[] = [];

  constructor(lines: readonly NumberedLine[]) {
    let start = 0;
    this.#lines = lines.map(({ number, text }) => {
      const line = { number, start };
      start += text.length + 1;
      return line;
    });
    this.#text = lines.map(({ text }) => text).join("\n");
  }

  commands(): readonly ShellCommand[] {
    const text = this.#text;
    while (this.#at < text.length) {
      const character = text[this.#at] as string;
      if (character === "\\") this.#escape(/^\\[ \t]*\n/);
      else if (character === "'" || character === '"') this.#quoted(character);
      else if (character === "\n") this.#endLine();
      else if (/\s/.test(character)) {
        this.#endWord();
        this.#at++;
      } else if (character === "#" && !this.#word) this.#match(/[^\n]*/y);
      else if (!this.#redirection() && !this.#separator()) this.#take(this.#at++);
    }
    this.#endCommand("");
    return this.#commands;
  }

  #placeOf(offset: number): Position {
    const lines = this.#lines;
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lines[middle]?.start as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const { number, start } = lines[low] ?? { number: 1, start: 0 };
    return { line: number, column: offset - start + 1 };
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #take(offset: number): void {
    this.#word ??= { start: offset, text: "", offsets: [] };
    this.#word.offsets.push(offset);
    this.#word.text += this.#text[offset];
  }

  /** A backslash: the line goes on in the next one, or the next character is itself. */
  #escape(lineEnd: RegExp): void {
    const [joined] = lineEnd.exec(this.#text.slice(this.#at, this.#at + LONGEST_BLANK)) ?? [];
    if (joined !== undefined) this.#at += joined.length;
    else {
      if (this.#at + 1 < this.#text.length) this.#take(this.#at + 1);
      this.#at += 2;
    }
  }

  #quoted(quote: string): void {
    const opened = this.#at++;
    this.#word ??= { start: opened, text: "", offsets: [] };
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) mistake(this.#placeOf(opened), `a closing ${quote}, found none up to the end`);
      if (character === quote) break;
      if (quote === '"' && character === "\\" && /["\\$`\n]/.test(this.#text[this.#at + 1] ?? ""))
        this.#escape(/^\\\n/);
      else this.#take(this.#at++);
    }
    this.#at++;
  }

  #redirection(): boolean {
    const operator = this.#match(REDIRECTION);
    if (operator === "") return false;
    // The number of the file descriptor stands before it.
    if (/^\d+$/.test(this.#word?.text ?? "")) this.#word = undefined;
    this.#endWord();
    this.#isEnd = /^<<-?$/.test(operator);
    this.#isTarget = true;
    return true;
  }

  #separator(): boolean {
    const found = this.#match(SEPARATOR);
    if (found !== "") this.#endCommand(found);
    return found !== "";
  }

  #endWord(): void {
    if (!this.#word) return;
    const { start, text, offsets } = this.#word;
    if (this.#isEnd) this.#ends.push(text);
    else if (this.#isTarget) this.#targets.push(text);
    else
      this.#words.push({
        text,
        placeOf: (index) => this.#placeOf(offsets[index] ?? (offsets.at(-1) ?? start - 1) + 1),
      });
    [this.#word, this.#isTarget, this.#isEnd] = [undefined, false, false];
  }

  /** Behind it stand the texts that its commands are given. */
  #endLine(): void {
    this.#endWord();
    this.#at++;
    const from = this.#at;
    for (const end of this.#ends.splice(0)) {
      let line: string;
      do line = this.#match(/[^\n]*\n?/y);
      while (line !== "" && line.trim() !== end);
    }
    this.#endCommand("\n", this.#text.slice(from, this.#at));
  }

  #endCommand(separator: string, input = ""): void {
    this.#endWord();
    this.#isTarget = false;
    const [words, targets] = [this.#words, this.#targets];
    if (words.length > 0 || targets.length > 0) this.#commands.push({ words, targets, input, after: this.#after });
    else if (separator === "\n") return;
    [this.#words, this.#targets, this.#after] = [[], [], separator];
  }
}

/** Blanks after a backslash come from copying. */
const LONGEST_BLANK = 200;
