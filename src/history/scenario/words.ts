// The words of one line, each with its column, and reading them one after the other. A mistake is told with its place.
import { stringAt } from "../../system/ap/limits.ts";
import { sentence } from "../../system/ap/quoted.ts";

export class ScenarioError extends Error {
  readonly column: number;

  constructor(column: number, expected: string) {
    super(sentence(expected));
    this.column = column;
  }
}

export interface Word {
  readonly text: string;
  /** Counted from 1. */
  readonly column: number;
}

/** Words are separated by blanks; a JSON string is one word; a comment begins with `#` at the start or after two blanks. */
export function wordsOf(line: string): readonly Word[] {
  const words: Word[] = [];
  const [begin, rest] = [/\S/g, /\S+/y];
  for (let match = begin.exec(line); match; match = begin.exec(line)) {
    const { index } = match;
    if (match[0] === "#" && /^(?:\s\s)?$/.test(line.slice(Math.max(0, index - 2), index))) break;
    rest.lastIndex = index;
    const word = stringAt(line, index) ?? (rest.exec(line) ?? match)[0];
    words.push({ text: word, column: index + 1 });
    begin.lastIndex = index + word.length;
  }
  return words;
}

export class Words {
  readonly #words: readonly Word[];
  readonly #end: number;
  #at = 0;

  constructor(words: readonly Word[], end: number) {
    this.#words = words;
    this.#end = end;
  }

  get column(): number {
    return this.#words[this.#at]?.column ?? this.#end;
  }

  get isDone(): boolean {
    return this.#at >= this.#words.length;
  }

  /** @param further how many words after the next one */
  peek(further = 0): string | undefined {
    return this.#words[this.#at + further]?.text;
  }

  /** The next word. @throws ScenarioError if there is none */
  take(expected: string): string {
    const word = this.#words[this.#at];
    if (!word) throw new ScenarioError(this.#end, expected);
    this.#at++;
    return word.text;
  }

  /** Take the next word if it is this one. */
  takeIf(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  /** Take the next word if it is made like this. */
  takeMatch(pattern: RegExp): string | undefined {
    const word = this.peek();
    if (word === undefined || !pattern.test(word)) return undefined;
    this.#at++;
    return word;
  }

  /** All following words made like this, at least one. */
  takeAll(pattern: RegExp, expected: string): readonly string[] {
    const words: string[] = [];
    for (let word = this.takeMatch(pattern); word !== undefined; word = this.takeMatch(pattern)) words.push(word);
    if (words.length === 0) this.fail(expected);
    return words;
  }

  rest(): readonly string[] {
    const words = this.#words.slice(this.#at).map(({ text }) => text);
    this.#at = this.#words.length;
    return words;
  }

  fail(expected: string): never {
    const word = this.peek();
    throw new ScenarioError(this.column, word === undefined ? expected : `${expected}, not "${word}"`);
  }

  /** @throws ScenarioError if words are left over */
  end(): void {
    if (!this.isDone) this.fail("the end of the line");
  }
}

/** A JSON string of characters up to U+00FF, each a byte. */
export function readString(words: Words): string {
  const expected = "a text in double quotes, with escapes such as \\n and characters up to \\u00ff";
  const word = words.peek() ?? words.fail(expected);
  let text: unknown;
  try {
    text = word.startsWith('"') ? JSON.parse(word) : undefined;
  } catch {
    return words.fail(expected);
  }
  if (typeof text !== "string" || [...text].some((character) => character > "\u00ff")) return words.fail(expected);
  words.take(expected);
  return text;
}
