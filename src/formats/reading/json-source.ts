// JSON that still knows where everything stood, so that a mistake in what it says has a line and a column. Next: mdevctl-json.ts.
import { DEEPEST, MOST_MEMBERS, stringAt, TOO_DEEP, TOO_MANY } from "../../system/ap/limits.ts";
import { quoted } from "../../system/ap/quoted.ts";
import type { Position } from "./input-error.ts";
import { mistake } from "./text-mistake.ts";

export type JsonNode =
  | { readonly kind: "object"; readonly place: Position; readonly members: readonly JsonMember[] }
  | { readonly kind: "list"; readonly place: Position; readonly items: readonly JsonNode[] }
  | { readonly kind: "text"; readonly place: Position; readonly text: string }
  /** A number, true, false or null, as it was typed. */
  | { readonly kind: "word"; readonly place: Position; readonly text: string };

/** Members stand in the order of the text; each name is unique. */
export interface JsonMember {
  readonly name: string;
  readonly place: Position;
  readonly value: JsonNode;
}

/** What a node is, for a message. */
export function describeNode(node: JsonNode): string {
  if (node.kind === "object") return "an object";
  if (node.kind === "list") return "a list";
  return node.kind === "text" ? quoted(node.text) : node.text;
}

/** How many characters are considered for a message. */
const SHOWN = 100;
const BLANK = /[ \t\r\n]*/y;
const WORD = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y;

/** Reads the whole text. It throws mistakes: call it inside `reading`. */
export function readJson(text: string): JsonNode {
  const scanner = new Scanner(text);
  const value = scanner.value(0);
  if (!scanner.isAtEnd) scanner.fail("the end");
  return value;
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skip();
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  get #place(): Position {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  fail(expected: string): never {
    const rest = this.#text.slice(this.#at, this.#at + SHOWN).split("\n", 1)[0] ?? "";
    mistake(this.#place, `${expected}, found ${this.isAtEnd ? "the end" : quoted(rest)}`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Blanks and line ends; lines end nowhere else in JSON. */
  #skip(): void {
    const from = this.#at;
    const blank = this.#match(BLANK) ?? "";
    for (let end = blank.indexOf("\n"); end >= 0; end = blank.indexOf("\n", end + 1)) {
      this.#line++;
      this.#lineStart = from + end + 1;
    }
  }

  /** Whether this character comes next; if so, it is taken, with the blanks after it. */
  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    this.#skip();
    return true;
  }

  value(depth: number): JsonNode {
    if (depth > DEEPEST) this.fail(TOO_DEEP);
    if (++this.#values > MOST_MEMBERS) this.fail(TOO_MANY);
    const place = this.#place;
    if (this.#takes("{")) return { kind: "object", place, members: this.#members(depth) };
    if (this.#takes("[")) return { kind: "list", place, items: this.#items(depth) };
    const text = this.#string();
    if (text !== undefined) return { kind: "text", place, text };
    const word = this.#match(WORD) ?? this.fail("a JSON value");
    this.#skip();
    return { kind: "word", place, text: word };
  }

  #string(): string | undefined {
    const place = this.#place;
    const found = stringAt(this.#text, this.#at);
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#skip();
    try {
      return String(JSON.parse(found));
    } catch {
      return mistake(place, `a text in quotes without control characters and unknown escapes, found ${quoted(found)}`);
    }
  }

  #members(depth: number): readonly JsonMember[] {
    const members: JsonMember[] = [];
    const names = new Set<string>();
    if (this.#takes("}")) return members;
    do {
      const place = this.#place;
      const name = this.#string() ?? this.fail("the name of a member in quotes");
      if (names.has(name)) mistake(place, `each member once, found ${quoted(name)} a second time`);
      names.add(name);
      if (!this.#takes(":")) this.fail('":" after the name of a member');
      members.push({ name, place, value: this.value(depth + 1) });
    } while (this.#takes(","));
    if (!this.#takes("}")) this.fail('"," or "}"');
    return members;
  }

  #items(depth: number): readonly JsonNode[] {
    const items: JsonNode[] = [];
    if (this.#takes("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) this.fail('"," or "]"');
    return items;
  }
}
