// A record that apply kept as JSON Lines, read again: the runs of apply in it, each with its events.

import type { QueuePlace, RecordedEvent } from "../history/timeline/record.ts";
import { type Apqn, parseApqn } from "../system/ap/apqn.ts";
import { JsonReader, MalformedError } from "../system/trace/json-reader.ts";
import { type ParsedText, parseLine } from "../system/trace/trace-file.ts";

/** One call of apply. */
export interface RecordedRun {
  /** What was applied, where, and when it began. */
  readonly file: string;
  readonly from: string;
  readonly at: string;
  readonly kernel: string;
  /** UUIDs of its mdevs in the order of their numbers, if it says so. */
  readonly mdevs: readonly string[];
  readonly events: readonly RecordedEvent[];
  /** How it ended, and when; undefined: it was ended from outside. */
  readonly end: { readonly at: string; readonly result: string; readonly message: string } | undefined;
}

export const RECORD_HEADER = '{"record":"apmatrix apply"';

/** @param text begins with RECORD_HEADER */
export function parseRecord(text: string): ParsedText<readonly RecordedRun[]> {
  const runs: RecordedRun[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = parseLine(line, at + 1, (json) => takeLine(json, runs));
    if (!read.ok) return read;
  }
  return { ok: true, value: runs };
}

function takeLine(json: JsonReader, runs: RecordedRun[]): void {
  if (json.has("record")) return void runs.push(headOf(json));
  const run = runs.pop();
  if (run === undefined) throw new MalformedError(undefined, "the head of a record before its events");
  if (json.has("result")) {
    const end = { at: json.string("at"), result: json.string("result"), message: json.string("message") };
    runs.push({ ...run, end });
  } else runs.push({ ...run, events: [...run.events, eventOf(json)] });
}

const headOf = (json: JsonReader): RecordedRun => ({
  file: json.string("file"),
  from: json.string("from"),
  at: json.string("at"),
  kernel: json.string("kernel"),
  mdevs: listOf(json, "mdevs", String),
  events: [],
  end: undefined,
});

function eventOf(json: JsonReader): RecordedEvent {
  const at = json.isNull("at") ? Number.NaN : Date.parse(json.string("at"));
  return {
    i: json.integer("i", 0, Number.MAX_SAFE_INTEGER),
    at: Number.isNaN(at) ? undefined : at,
    words: json.string("event"),
    answer: json.isNull("answer") ? undefined : json.string("answer"),
    guests: listOf(json, "guests", (one) => {
      const guest = new JsonReader(one);
      return {
        guest: guest.string("guest"),
        mdev: guest.string("mdev"),
        run: guest.oneOf("run", ["started", "stopped", "went on"] as const),
        gained: listOf(guest, "gained", queueOf),
        lost: listOf(guest, "lost", queueOf),
      };
    }),
    zeroized: listOf(json, "zeroized", (one) => {
      const reset = new JsonReader(one);
      const why = { words: reset.string("because"), rule: reset.string("rule") };
      return { queue: queueOf(reset.string("queue")), why };
    }),
    moved: listOf(json, "moved", (one) => {
      const move = new JsonReader(one);
      return { queue: queueOf(move.string("queue")), from: placeOf(move.any("from")), to: placeOf(move.any("to")) };
    }),
  };
}

function placeOf(value: unknown): QueuePlace {
  const place = new JsonReader(value);
  return { driver: place.string("driver"), mdev: place.isNull("mdev") ? undefined : place.string("mdev") };
}

function queueOf(text: unknown): Apqn {
  const apqn = typeof text === "string" ? parseApqn(text) : undefined;
  if (apqn === undefined) throw new MalformedError(undefined, `a queue such as 04.0047, not ${JSON.stringify(text)}`);
  return apqn;
}

/** An older record may lack a list. */
function listOf<T>(json: JsonReader, key: string, read: (one: unknown) => T): readonly T[] {
  const value = json.any(key) ?? [];
  if (!Array.isArray(value)) throw new MalformedError(key, `"${key}" as a list`);
  return value.map(read);
}
