// apmatrix history: what has happened to a host, one line an event, and what became of each queue.
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { UserError } from "../guards/user-error.ts";
import { eventLine, eventToJson, fateLines, HistoryRecord, type RecordedEvent } from "../history/timeline/record.ts";
import { isSnapshot, parseHistory } from "../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../history/timeline/stored-host.ts";
import { Timeline } from "../history/timeline/timeline.ts";
import { TRACE_HEADER } from "../sources/open-source.ts";
import { plain } from "../system/ap/quoted.ts";
import { DEFAULT_PROFILE, profileNamed, TRACE_PROFILE } from "../system/vfio-ap/profiles.ts";
import { chooseFormat } from "./choices.ts";
import { profileOption } from "./host-source.ts";
import { readText } from "./input-files.ts";
import { EXIT, exitWith } from "./outcome.ts";
import { openPageSource } from "./shown-source.ts";
import { complain, printLines } from "./terminal.ts";

const FORMATS = ["text", "json"] as const;

interface HistoryOptions {
  readonly format: string;
  readonly plan?: string;
  readonly profile?: string;
}

export function addHistoryCommand(program: Command): void {
  program
    .command("history")
    .description("what has happened to a host: who lost and gained what, what was zeroized, and by which rule")
    .argument(
      "<source...>",
      "lab:NAME, a journal or its directory, a trace, a scenario, what watch has printed, a record of apply; several files are read as one",
    )
    .option("--plan <trace>", "the run of a plan (a file of plan --out) on a source")
    .option("--format <format>", FORMATS.join(", "), "text")
    .addOption(profileOption())
    .action((sources: string[], options: HistoryOptions) => exitWith(history(sources, options)));
}

async function history(sources: readonly string[], options: HistoryOptions): Promise<number> {
  const format = chooseFormat(options.format, FORMATS);
  const text = await textOf(sources, options);
  const timeline = timelineOf(sources.join(" "), text, options);
  const events = new HistoryRecord(timeline).events();
  if (format === "json") {
    printLines(events.map((event) => JSON.stringify(withTime(eventToJson(event)))));
    return EXIT.ok;
  }
  printLines(recordText(timeline, events));
  return EXIT.ok;
}

/** The mdevs, the events, and the queues that changed hands. */
export function recordText(timeline: Timeline, events: readonly RecordedEvent[]): readonly string[] {
  const nameOf = (uuid: string): string => `m${timeline.mdevNumber(uuid)}`;
  const mdevs = timeline.mdevs.map((uuid) => `${nameOf(uuid)}  ${plain(uuid)}`);
  const fates = fateLines(events, nameOf, when);
  return [
    ...mdevs,
    ...(mdevs.length > 0 ? [""] : []),
    ...events.map((event) => eventLine(event, when)),
    ...(fates.length > 0 ? ["", ...fates] : []),
  ];
}

const when = ({ i, at }: RecordedEvent): string => (at === undefined ? `${i}` : new Date(at).toISOString());

const withTime = (event: object): object => {
  const { at } = event as { readonly at: number | null };
  return { ...event, at: at === null ? null : new Date(at).toISOString() };
};

async function textOf(sources: readonly string[], { plan, profile }: HistoryOptions): Promise<string> {
  const [first = "", ...more] = sources.map(journalIn);
  if (plan === undefined && isHistoryFile(first)) return [first, ...more].map(pieceOf).join("");
  if (more.length > 0) throw new UserError(`${first}: only files of one history can be read one after the other`);
  const source = await openPageSource({
    from: first,
    interval: "86400",
    ...(plan !== undefined && { plan }),
    ...(profile !== undefined && { profile }),
  });
  try {
    const { history } = source;
    const size = history.end - history.start;
    const lines: Buffer[] = [history.header];
    for (let at = history.start; at < history.start + size; ) {
      const piece = history.read(at, 1 << 20);
      if (piece.length === 0) break;
      lines.push(piece);
      at += piece.length;
    }
    return Buffer.concat(lines).toString();
  } finally {
    source.close();
  }
}

/** The directory of --journal stands for the file in it. */
function journalIn(source: string): string {
  const file = join(source, "journal.jsonl");
  return statSync(source, { throwIfNoEntry: false })?.isDirectory() &&
    statSync(file, { throwIfNoEntry: false })?.isFile()
    ? file
    : source;
}

const isHistoryFile = (file: string): boolean =>
  !file.endsWith(".scenario") &&
  statSync(file, { throwIfNoEntry: false })?.isFile() === true &&
  (/\.jsonl(?:\.gz|\.\d+)?$/.test(file) || TRACE_HEADER.test(readText(file)));

/** One file of a history: later ones without their header, and none with a last line that was not written to its end. */
function pieceOf(file: string, at: number): string {
  const text = readText(file);
  const end = text.lastIndexOf("\n") + 1;
  const last = text.slice(end);
  let whole = text;
  if (last.trim() !== "") {
    whole = isJson(last) ? `${text}\n` : text.slice(0, end);
    if (whole.length < text.length) complain(`${file}: its last line was not written to its end; it is left out`);
  }
  return at > 0 && TRACE_HEADER.test(whole) ? whole.slice(whole.indexOf("\n") + 1) : whole;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws UserError */
function timelineOf(source: string, text: string, { profile }: HistoryOptions): Timeline {
  const read = parseHistory(text);
  if (!read.ok)
    throw new UserError(`${source}:${read.error.line}:${read.error.column}: expected ${read.error.expected}`);
  const { header, lines } = read.value;
  const [first] = lines;
  if (first && !isSnapshot(first) && first.operation.op !== "init") {
    throw new UserError(
      `${source}: its beginning is missing ("init" or how the host was found); name the older file before it, or for a plan the host: apmatrix history HOST --plan ${source}`,
    );
  }
  const named = profile ?? header.profile;
  const timeline = Timeline.empty(profileNamed(named ?? TRACE_PROFILE.name) ?? DEFAULT_PROFILE);
  for (const line of lines) {
    if (isSnapshot(line))
      timeline.appendHost(openStoredHost(line.snapshot), { i: line.i, seenAt: line.at, unknown: line.unknown });
    else timeline.append(line.operation, { i: line.i, expected: line.expected });
  }
  return timeline;
}
