// The members of a YAML file: their schemas, with messages that say what was expected and what was found, and reading a file by them.
// What all such files have in common (numbers, queues, uuids, names, nothing twice) is here. Next: host-file.ts, desired-file.ts.
import * as z from "zod";
import { type Apqn, parseApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { echo, misread, type Parsed, type Position, parsed, type Reading, refuse, taken } from "./input-error.ts";
import { nearestName } from "./nearest-name.ts";
import { NUMBER_OR_RANGE_PATTERN, NUMBER_PATTERN, type NumberRange, readNumber, readRange } from "./number-text.ts";
import type { MemberPath, YamlSource } from "./yaml-source.ts";

/** What was found, for a message. */
function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? echo(value) : String(value);
}

/** The options of a schema whose message says what was expected. */
export const wrongValue = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => `expected ${expected}, found ${describeValue(input)}`,
});

/** A map. Unknown members are errors, because a mistyped member must not count as missing. */
export function members<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return `expected ${what} (a map), found ${describeValue(issue.input)}`;
      const [name = ""] = (issue as { readonly keys: readonly string[] }).keys;
      return `expected a member of ${what}, found ${echo(name)}: did you mean "${nearestName(name, known)}"?`;
    },
  });
}

/** For `transform`: the value that a text stands for, or its own message. */
const readBy =
  <I, T>(read: (raw: I) => Reading<T>) =>
  (raw: I, context: z.RefinementCtx<I>): T => {
    const reading = read(raw);
    if (reading.ok) return reading.value;
    context.addIssue(reading.message);
    return z.NEVER;
  };

const HIGHEST = 0xff;

/** One message for the whole union, because one sentence says what is wrong with a number. */
const digits = (pattern: string, expected: string) =>
  z.union([z.int().min(0).max(HIGHEST), z.string().meta({ pattern })], wrongValue(expected));

/** A number, 0..255. */
export const id = (what: string) =>
  digits(NUMBER_PATTERN, `${what} in decimal or 0x hex`).transform(
    readBy((raw) => readNumber(String(raw), what, HIGHEST)),
  );

/** A list of numbers, 0..255, and of ranges. */
export const ids = (what: string, list = "a list of numbers and ranges") =>
  z.array(
    digits(NUMBER_OR_RANGE_PATTERN, `${what} in decimal or 0x hex, or a range of them`).transform(
      readBy((raw) => readRange(String(raw), what, HIGHEST)),
    ),
    wrongValue(list),
  );

/** The numbers of a list, ascending. */
export const idsOf = (ranges: readonly NumberRange[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)).sort((a, b) => a - b);

/** The queue of this name. */
export function readQueue(text: string): Reading<Apqn> {
  const value = parseApqn(text);
  if (value !== undefined) return taken(value);
  return refuse(`expected a queue such as 04.0047 (2 and 4 hex digits, lower case), found ${echo(text)}`);
}

/** A list of queues. */
export const queues = (list: string) =>
  z.array(
    z
      .string(wrongValue("a queue such as 04.0047"))
      .meta({ pattern: "^[0-9a-f]{2}\\.00[0-9a-f]{2}$" })
      .transform(readBy(readQueue)),
    wrongValue(list),
  );

const UUID = wrongValue("a uuid such as 62177883-f1bb-47f0-914d-32a22e3a8804");

/** In lower case. */
export const uuid = z
  .string(UUID)
  .regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, UUID)
  .transform((text) => text.toLowerCase());

/** Names that people choose: they must fit into one line of a listing or a journal. */
export const name = (what: string) => {
  const wrong = wrongValue(`${what} (text without control characters)`);
  return z.string(wrong).regex(/^[^\p{Cc}]+$/u, wrong);
};

/** What is wrong at a path into a file. */
export interface WrongMember {
  readonly path: MemberPath;
  /** What was expected, what was found. */
  readonly message: string;
}

/**
 * Each key once: a finding for every later one.
 *
 * @param remedy put after the message
 */
export function twice(
  keys: readonly (string | undefined)[],
  what: string,
  pathOf: (index: number) => MemberPath,
  remedy = "",
): readonly WrongMember[] {
  const seen = new Set<string>();
  return keys.flatMap((key, index): WrongMember[] => {
    if (key === undefined) return [];
    if (seen.has(key))
      return [{ path: pathOf(index), message: `expected ${what} once, found ${key} a second time${remedy}` }];
    seen.add(key);
    return [];
  });
}

/** Each of these members once among the mdevs of a file. */
export const twiceInMdevs = <M extends string>(
  mdevs: readonly { readonly [name in M]?: string | undefined }[],
  names: readonly M[],
  remedy?: string,
): readonly WrongMember[] =>
  names.flatMap((name) => {
    const values = mdevs.map((mdev) => mdev[name]);
    return twice(values, `each ${name}`, (index) => ["mdevs", index, name], remedy);
  });

/**
 * A file by its schema.
 *
 * @param file the name to say in errors; nothing is opened
 * @param check finds what is wrong with the members together; called if each of them is right
 * @returns its members; of several mistakes, the one that stands first in the file
 */
export function readMembers<S extends z.ZodType>(
  source: YamlSource,
  file: string,
  schema: S,
  check: (value: z.output<S>) => readonly WrongMember[],
): Parsed<z.output<S>> {
  const checked = schema.safeParse(source.value);
  const findings = checked.success
    ? check(checked.data).map(({ path, message }) => ({ at: source.positionOf(path), message }))
    : checked.error.issues.map((issue) => placed(issue, source));
  const [first] = findings.sort(({ at: a }, { at: b }) => a.line - b.line || a.column - b.column);
  if (first || !checked.success) return misread(file, must(first).at, must(first).message);
  return parsed(checked.data);
}

type Issue = WrongMember & { readonly code?: string; readonly keys?: readonly string[] };

function placed({ path, message, code, keys }: Issue, source: YamlSource): { at: Position; message: string } {
  if (code === "unrecognized_keys") return { at: source.positionOfName(path, must(keys?.[0])), message };
  const member = path.at(-1);
  const isMissing = typeof member === "string" && message.endsWith(`found ${describeValue(undefined)}`);
  return { at: source.positionOf(path), message: isMissing ? `${message} as "${member}"` : message };
}
