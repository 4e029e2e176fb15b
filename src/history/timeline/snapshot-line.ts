// A history: the lines of a trace, and snapshots where it is not known what was done. The format is the same wherever it comes from.
import { type JsonReader, MalformedError } from "../../system/trace/json-reader.ts";
import {
  type LinePlace,
  type ParsedText,
  parseLine,
  readTraceHeader,
  readTraceLine,
  type TraceHeader,
  type TraceLine,
} from "../../system/trace/trace-file.ts";
import { readStoredHost, type StoredHost } from "./stored-host.ts";

/** The host as it was found, if it is not known how it came to be so. */
export interface SnapshotLine {
  readonly i: number;
  /** Milliseconds since 1970; undefined if it is not known. */
  readonly at: number | undefined;
  readonly snapshot: StoredHost;
  /** What the source cannot know, as sentences. */
  readonly unknown: readonly string[];
}

/** An operation as in a trace (`operation`, `expected`), or a snapshot. */
export type HistoryLine = TraceLine | SnapshotLine;

export const isSnapshot = (line: HistoryLine): line is SnapshotLine => "snapshot" in line;

export interface History {
  readonly header: TraceHeader;
  readonly lines: readonly HistoryLine[];
}

/**
 * A whole history, from a server or a file; every trace is one. The first line is `init` or a snapshot, unless the history goes on from a
 * host that it does not hold, as the steps of a plan do.
 */
export function parseHistory(text: string): ParsedText<History> {
  const [headerText = "", ...texts] = text.split("\n");
  const header = parseLine(headerText, 1, readTraceHeader);
  if (!header.ok) return header;
  const lines: HistoryLine[] = [];
  for (const [at, lineText] of texts.entries()) {
    if (lineText.trim() === "") continue;
    const place = { line: at + 2, hostDrivers: header.value.hostDrivers };
    const line = parseHistoryLine(lineText, place, lines.at(-1)?.i);
    if (!line.ok) return line;
    lines.push(line.value);
  }
  return { ok: true, value: { header: header.value, lines } };
}

/**
 * One line of a history, such as the data of an event.
 *
 * @param place the line's number, for mistakes, and the host's drivers, for a first line
 * @param previous `i` of the line before; undefined for the first line
 */
export const parseHistoryLine = (
  text: string,
  place: LinePlace = { line: 1, hostDrivers: "zcrypt" },
  previous?: number,
): ParsedText<HistoryLine> =>
  parseLine(text, place.line, (json) =>
    json.has("snapshot") ? readSnapshotLine(json, previous) : readTraceLine(json, place, previous),
  );

function readSnapshotLine(json: JsonReader, previous = -1): SnapshotLine {
  const lowest = previous + 1;
  const unknown = json.any("unknown") ?? [];
  if (!Array.isArray(unknown)) throw new MalformedError("unknown", '"unknown" as a list of sentences');
  return {
    i: json.optional("i", (key) => json.integer(key, lowest, Number.MAX_SAFE_INTEGER)) ?? lowest,
    at: json.optional("at", (key) => json.integer(key, 0, Number.MAX_SAFE_INTEGER)),
    snapshot: readStoredHost(json.any("snapshot")),
    unknown: unknown.map(String),
  };
}

export const snapshotToJson = ({ i, at, snapshot, unknown }: SnapshotLine): Record<string, unknown> => ({
  i,
  ...(at !== undefined && { at }),
  ...(unknown.length > 0 && { unknown }),
  snapshot,
});
