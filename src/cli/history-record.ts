// apmatrix history of a record that apply has kept: the JSON Lines as lines for people, and those for people as they are.
import { readSync } from "node:fs";
import { UserError } from "../guards/user-error.ts";
import { withInput } from "../guards/user-files.ts";
import { eventLine, eventToJson, fateLines, type RecordedEvent } from "../history/timeline/record.ts";
import { plain } from "../system/ap/quoted.ts";
import { readText } from "./input-files.ts";
import { parseRecord, RECORD_HEADER, type RecordedRun } from "./record-json.ts";

export const TEXT_HEADER = "# record of apmatrix apply";

/** Undefined: the file is no record of apply. */
export function recordKind(file: string): "text" | "json" | undefined {
  const start = startOf(file);
  return start.startsWith(TEXT_HEADER) ? "text" : start.startsWith(RECORD_HEADER) ? "json" : undefined;
}

const startOf = (file: string): string => {
  const buffer = Buffer.alloc(64);
  return withInput(file, (fd) => buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0)));
};

/** @param file a record of apply; @throws UserError one that is damaged */
export function recordLines(file: string, format: "text" | "json"): readonly string[] {
  const text = readText(file);
  if (text.startsWith(TEXT_HEADER)) {
    if (format === "text") return text.replace(/\n$/, "").split("\n");
    throw new UserError(
      `${file}: is a record for people; apply --record FILE.jsonl keeps one that --format json prints`,
    );
  }
  const read = parseRecord(text);
  if (!read.ok) throw new UserError(`${file}:${read.error.line}:${read.error.column}: expected ${read.error.expected}`);
  return format === "text" ? read.value.flatMap(runLines) : read.value.flatMap(({ events }) => events.map(jsonLine));
}

export const whenOf = ({ i, at }: RecordedEvent): string => (at === undefined ? `${i}` : new Date(at).toISOString());

export function jsonLine(event: RecordedEvent): string {
  const { at } = event;
  return JSON.stringify({ ...eventToJson(event), at: at === undefined ? null : new Date(at).toISOString() });
}

function runLines({ file, from, at, kernel, mdevs, events, end }: RecordedRun, number: number): readonly string[] {
  // Those that it has made have their numbers there.
  const made = events.flatMap(({ words }) => {
    const [, name, uuid] = /^mdev (m\d+) (\S+)$/.exec(words) ?? [];
    return name === undefined || uuid === undefined ? [] : [[uuid, name] as const];
  });
  const names = new Map([...mdevs.map((uuid, n) => [uuid, `m${n + 1}`] as const), ...made]);
  const nameOf = (uuid: string): string => names.get(uuid) ?? `mdev ${uuid}`;
  const message = end === undefined || end.message === "" ? "" : `: ${end.message}`;
  return [
    ...(number > 0 ? [""] : []),
    `${TEXT_HEADER}: ${plain(file)} on ${plain(from)}`,
    `# ${plain(at)}, kernel ${plain(kernel)}`,
    ...mdevs.map((uuid) => `# ${nameOf(uuid)} ${plain(uuid)}`),
    ...events.map((event) => eventLine(event, whenOf)),
    ...(end === undefined ? [] : [`${plain(end.at)}  ${plain(end.result)}${plain(message)}`]),
    ...fateLines(events, nameOf, whenOf),
  ];
}
