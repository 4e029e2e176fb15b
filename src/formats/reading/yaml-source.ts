// YAML text as plain values whose places in the text are known. Numbers stay as they were typed (0047, 05.0004, 64 digits of a mask): the
// reader of each member decides what they mean. Next: host-file.ts.
import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { MOST_MEMBERS, TOO_MANY } from "../../system/ap/limits.ts";
import { echo, misread, type Parsed, type Position, parsed } from "./input-error.ts";

export type MemberPath = readonly PropertyKey[];

export interface YamlSource {
  /** Maps as objects without prototype, lists, text, booleans, null; numbers as their text. */
  readonly value: unknown;
  /** Where the value of this path stands; for a missing member, where its map stands. */
  positionOf(path: MemberPath): Position;
  /** Where the name of this member stands. */
  positionOfName(path: MemberPath, name: string): Position;
}

/** A node that is not a plain value. */
interface Misfit {
  readonly offset: number;
  readonly message: string;
}

// Deeper than any host description, and far from where the parser runs out of memory.
const DEEPEST_INDENTATION = 100;
const TOO_DEEP = new RegExp(
  `^(?:[-?:]?[ \\t]){${DEEPEST_INDENTATION}}|(?:[-?:][ \\t]+){${DEEPEST_INDENTATION / 2}}`,
  "m",
);

/**
 * Brackets that are open at once, those in texts and comments among them. The parser calls itself for each, up to the end of its stack,
 * where it does not always get away with an error: a regular expression that has to be compiled there ends the process.
 */
const MOST_OPEN = 256;

/** The line where more are open. */
function depthExcess(text: string): number | undefined {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "[" || character === "{") open++;
    else if ((character === "]" || character === "}") && open > 0) open--;
    if (open > MOST_OPEN) return text.slice(0, at).split("\n").length;
  }
  return undefined;
}

/** What a parser stops at besides lines, commas and colons. Each may be a mistake, and it keeps them all. */
const MARKS = "[]{}&*!?|>%@`";

/** The line where a text exceeds the limit of members and items; each of them needs a line, a comma or a colon. */
function memberExcess(text: string): number | undefined {
  let members = 0;
  let marks = 0;
  let line = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\n") line++;
    if (character === "\n" || character === "," || character === ":") members++;
    else if (character === '"' || character === "'") marks += 0.5;
    else if (MARKS.includes(character as string) || (character === "-" && text[at + 1] === " ")) marks++;
    if (members > MOST_MEMBERS || marks > MOST_MEMBERS) return line;
  }
  return undefined;
}

/** @returns the value; or the first thing that is not YAML, or is not a plain value (an alias, a custom tag) */
export function readYaml(text: string, file: string): Parsed<YamlSource> {
  const lines = new LineCounter();
  const tooDeep = TOO_DEEP.exec(text);
  if (tooDeep) {
    const line = text.slice(0, tooDeep.index).split("\n").length;
    return misread(
      file,
      { line, column: 1 },
      `expected at most ${DEEPEST_INDENTATION} columns of indentation, found more`,
    );
  }
  const nested = depthExcess(text);
  if (nested !== undefined) return misread(file, { line: nested, column: 1 }, "expected YAML: it is nested too deeply");
  const excess = memberExcess(text);
  if (excess !== undefined) return misread(file, { line: excess, column: 1 }, `expected ${TOO_MANY}`);
  // The parser would compare each key with all others; plainValue looks them up, which is faster.
  const options = { prettyErrors: false, logLevel: "error", version: "1.2", uniqueKeys: false } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const deep = problem.code === "RESOURCE_EXHAUSTION" ? "it is nested too deeply" : firstLine(problem.message);
    return misread(file, at(problem.pos[0]), `expected YAML: ${deep}`);
  }
  const misfits: Misfit[] = [];
  const value = plainValue(document.contents, misfits);
  const misfit = misfits[0];
  if (misfit) return misread(file, at(misfit.offset), misfit.message);
  const root = document.contents;
  return parsed({
    value,
    positionOf: (path) => at(startOf(nodeAt(root, path))),
    positionOfName: (path, name) => at(startOf(pairOf(nodeAt(root, path), name)?.key)),
  });
}

const firstLine = (message: string): string => message.split("\n", 1)[0] ?? "";

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** The name of a member, as it was typed. */
const nameOf = (key: unknown): string | undefined => {
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
};

/** Members by their names, of maps in which one was looked for: a file can have as many mistakes as members. */
const PAIRS = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairOf(node: unknown, name: PropertyKey | undefined): Pair | undefined {
  if (!isMap(node) || typeof name !== "string") return undefined;
  const known = PAIRS.get(node) ?? pairsOf(node);
  PAIRS.set(node, known);
  return known.get(name);
}

function pairsOf({ items }: YAMLMap): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const pair of items) {
    const name = nameOf(pair.key);
    if (name !== undefined && !pairs.has(name)) pairs.set(name, pair);
  }
  return pairs;
}

function nodeAt(root: unknown, path: MemberPath): unknown {
  let node = root;
  for (const step of path) {
    const next = isSeq(node) ? node.items[Number(step)] : pairOf(node, step)?.value;
    if (next === undefined || next === null) return node;
    node = next;
  }
  return node;
}

function plainValue(node: unknown, misfits: Misfit[]): unknown {
  if (node === null || node === undefined) return null;
  if (isMap(node)) {
    const members: Record<string, unknown> = Object.create(null);
    for (const { key, value } of node.items) {
      const name = nameOf(key);
      if (name === undefined)
        misfits.push({ offset: startOf(key), message: "expected the name of a member, found a list or a map" });
      else if (name in members)
        misfits.push({ offset: startOf(key), message: `expected each member once, found ${echo(name)} a second time` });
      else members[name] = plainValue(value, misfits);
    }
    return members;
  }
  if (isSeq(node)) return node.items.map((item) => plainValue(item, misfits));
  if (isScalar(node)) {
    const { value } = node;
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" || typeof value === "bigint") return node.source ?? String(value);
  }
  misfits.push({ offset: startOf(node), message: `expected a plain value, found ${echo(String(node))}` });
  return null;
}
