// A trace as text: a header line, then one operation with its expected answer a line. docs/trace-format.md §1.
import { jsonExcess } from "../ap/limits.ts";
import { sentence } from "../ap/quoted.ts";
import { HOST_DRIVERS, type HostDrivers } from "../machine/facts.ts";
import { PROFILE_NAMES, profileNamed } from "../vfio-ap/profiles.ts";
import { parseUuid } from "../vfio-ap/uuid.ts";
import { JsonReader, MalformedError } from "./json-reader.ts";
import { formatFor, isOfGuest, type Operation, type TraceFormat } from "./operation.ts";
import { readOperation } from "./parse-operation.ts";

/** Where a text is wrong, and what was expected there. Lines and columns count from 1. */
export interface TextError {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

export type ParsedText<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: TextError };

export interface TraceLine {
  /** Line of the file. */
  readonly line: number;
  readonly i: number;
  readonly operation: Operation;
  /** Undefined: nobody says what the answer should be. */
  readonly expected: Record<string, unknown> | undefined;
}

export interface TraceHeader {
  readonly name: string;
  readonly description: string;
  readonly format: TraceFormat;
  /** Name of the profile it was recorded for, if the header says so. */
  readonly profile: string | undefined;
  /** What cex4card and cex4queue were. */
  readonly hostDrivers: HostDrivers;
  /** Names that people gave to mdevs, by UUID: a kernel does not know them. */
  readonly labels: ReadonlyMap<string, string>;
}

export interface Trace extends TraceHeader {
  readonly lines: readonly TraceLine[];
}

const FORMATS: readonly number[] = [1, 2, 3] satisfies readonly TraceFormat[];

/**
 * Read a whole trace; the first mistake ends it. Empty lines at the end are allowed.
 *
 * @param beginning "init", or "any" for traces that may go on from a host, as plans do
 */
export function parseTrace(text: string, beginning: "init" | "any" = "init"): ParsedText<Trace> {
  const texts = text.split("\n");
  while (texts.length > 0 && (texts.at(-1) as string).trim() === "") texts.pop();
  const [headerText, ...rest] = texts;
  if (headerText === undefined)
    return { ok: false, error: { line: 1, column: 1, expected: "a trace header, not an empty file" } };
  const header = parseLine(headerText, 1, readTraceHeader);
  if (!header.ok) return header;
  const lines: TraceLine[] = [];
  for (const [at, lineText] of rest.entries()) {
    const line = parseLine(lineText, at + 2, (json) =>
      readLine(json, { line: at + 2, hostDrivers: header.value.hostDrivers }, lines.at(-1), beginning),
    );
    if (!line.ok) return line;
    lines.push(line.value);
  }
  return { ok: true, value: { ...header.value, lines: withGuests(lines) } };
}

/** Where something is done in a guest, or asked of one, guests have a Linux, and init need not say so. */
function withGuests(lines: readonly TraceLine[]): readonly TraceLine[] {
  const [first, ...others] = lines;
  if (first?.operation.op !== "init" || first.operation.guests || !others.some(({ operation }) => isOfGuest(operation)))
    return lines;
  return [{ ...first, operation: { ...first.operation, guests: new Map() } }, ...others];
}

/** One line of JSON, given to a reader; its mistakes get their place. */
export function parseLine<T>(text: string, line: number, read: (json: JsonReader) => T): ParsedText<T> {
  const fail = (column: number, expected: string): ParsedText<T> => ({
    ok: false,
    error: { line, column, expected: sentence(expected) },
  });
  const excess = jsonExcess(text);
  if (excess) return fail(excess.at + 1, excess.limit);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(columnOfSyntaxError(text, error as SyntaxError), "a JSON object on one line");
  }
  try {
    return { ok: true, value: read(new JsonReader(value)) };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return fail(columnOfMember(text, error.key), error.message);
  }
}

/** Not every message of V8 says where it stopped: then the shortest beginning that no end can mend is looked for. */
function columnOfSyntaxError(text: string, error: SyntaxError): number {
  const position = /position (\d+)/.exec(error.message)?.[1];
  if (position !== undefined) return Number(position) + 1;
  let [mendable, broken] = [0, text.length + 1];
  while (broken - mendable > 1) {
    const middle = Math.floor((mendable + broken) / 2);
    if (canBeMended(text.slice(0, middle))) mendable = middle;
    else broken = middle;
  }
  return broken;
}

/** The text is JSON, or ends too early. */
function canBeMended(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /position (\d+)/.exec(message)?.[1];
    return position === undefined ? /end of (JSON|data)|Unterminated/.test(message) : Number(position) >= text.length;
  }
}

function columnOfMember(text: string, key: string | undefined): number {
  if (key === undefined) return 1;
  const at = text.indexOf(`${JSON.stringify(key)}:`);
  return at < 0 ? 1 : at + 1;
}

/** @throws MalformedError */
export function readTraceHeader(json: JsonReader): TraceHeader {
  const profile = json.optional("profile", (key) => json.string(key));
  if (profile !== undefined && !profileNamed(profile)) {
    throw new MalformedError("profile", `one of the profiles ${PROFILE_NAMES.join(", ")}`);
  }
  const format = json.integer("format", 1, 99);
  if (!FORMATS.includes(format)) throw new MalformedError("format", `format 1, 2 or 3, not ${format}`);
  return {
    name: json.string("trace"),
    description: json.optional("desc", (key) => json.string(key)) ?? "",
    format: format as TraceFormat,
    profile,
    // The first traces were recorded with stand-ins, and do not say so.
    hostDrivers: json.optional("drivers", (key) => json.oneOf(key, HOST_DRIVERS)) ?? "bind-only",
    labels: json.optional("names", readLabels) ?? new Map(),
  };

  function readLabels(key: string): ReadonlyMap<string, string> {
    return new Map(
      json.entries(key).map(([uuid, name]) => {
        if (parseUuid(uuid) === undefined || typeof name !== "string")
          throw new MalformedError(key, `"${key}" as an object with a name for each UUID`);
        return [uuid.toLowerCase(), name];
      }),
    );
  }
}

/** The header of a trace of these operations; the first one tells what the host's drivers are. */
export function traceHeader(name: string, profile: string, operations: readonly Operation[]): Record<string, unknown> {
  const [init] = operations;
  const format = Math.max(1, ...operations.map(formatFor));
  return { trace: name, format, profile, ...driversMember(init?.op === "init" ? init.hostDrivers : "bind-only") };
}

/** What a header says of the names of mdevs: nothing where there are none. */
export const namesMember = (
  labels: ReadonlyMap<string, string>,
): { readonly names?: Readonly<Record<string, string>> } =>
  labels.size === 0 ? {} : { names: Object.fromEntries(labels) };

/** What a header says of the host's drivers: nothing where they only bind. */
export const driversMember = (hostDrivers: HostDrivers): { readonly drivers?: HostDrivers } =>
  hostDrivers === "bind-only" ? {} : { drivers: hostDrivers };

function readLine(
  json: JsonReader,
  place: LinePlace,
  previous: TraceLine | undefined,
  beginning: "init" | "any",
): TraceLine {
  const read = readTraceLine(json, place, previous?.i);
  const isFirst = previous === undefined;
  if ((read.operation.op === "init") !== isFirst && !(isFirst && beginning === "any")) {
    throw new MalformedError("op", 'the operation "init" first, and only there; a plan has none and needs its host');
  }
  return read;
}

/** Number of a line, from 1, and what the header of its trace says. */
export interface LinePlace {
  readonly line: number;
  readonly hostDrivers: HostDrivers;
}

/**
 * @param previous i of the line before; undefined for the first
 * @throws MalformedError
 */
export function readTraceLine(
  json: JsonReader,
  { line, hostDrivers }: LinePlace,
  previous: number | undefined,
): TraceLine {
  const i = json.optional("i", (key) => json.integer(key, 1, Number.MAX_SAFE_INTEGER)) ?? (previous ?? 0) + 1;
  if (previous !== undefined && i <= previous) throw new MalformedError("i", `"i" above ${previous}`);
  const operation = readOperation(json, hostDrivers);
  const expected = json.optional("x", () => Object.fromEntries(json.entries("x")));
  return { line, i, operation, expected };
}
