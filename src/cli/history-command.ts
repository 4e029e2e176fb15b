// apmatrix history: what has happened to a host, one line an event, and what became of each queue.
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { mdevCalled } from "../answers/explain/named.ts";
import { UserError } from "../guards/user-error.ts";
import { eventLine, fateLines, HistoryRecord, type RecordedEvent } from "../history/timeline/record.ts";
import { TRACE_HEADER } from "../sources/open-source.ts";
import { LAB_PREFIX } from "../sources/source.ts";
import { chooseFormat } from "./choices.ts";
import { GrowingFile } from "./growing-file.ts";
import { followHistory } from "./history-follow.ts";
import { HistoryReader } from "./history-reader.ts";
import { jsonLine, recordKind, recordLines, whenOf } from "./history-record.ts";
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
  readonly guest?: readonly string[];
  readonly follow?: boolean;
}

export function addHistoryCommand(program: Command): void {
  program
    .command("history")
    .description("what has happened to a host: who lost and gained what, what was zeroized, and by which rule")
    .argument(
      "<source...>",
      "lab:NAME, a /sys directory, a journal or its directory, a trace, a scenario, what watch has printed, a record of apply; several files are read as one",
    )
    .option("--guest <guest...>", "only what is about these: names of guests or mdevs, UUIDs, or beginnings of those")
    .option("--follow", "go on with what happens from now on, until Ctrl-C")
    .option("--plan <trace>", "the run of a plan (a file of plan --out) on a source")
    .option("--format <format>", FORMATS.join(", "), "text")
    .addOption(profileOption())
    .action((sources: string[], options: HistoryOptions) => exitWith(history(sources, options)));
}

async function history(sources: readonly string[], options: HistoryOptions): Promise<number> {
  const format = chooseFormat(options.format, FORMATS);
  const names = sources.map(journalIn);
  if (names.some(isRecord)) {
    printLines(recordsOf(names, format, options));
    return EXIT.ok;
  }
  if (options.follow) return await follow(names, format, options);
  const text = await textOf(names, options);
  const [header = "", ...lines] = text.split("\n");
  const reader = new HistoryReader(sources.join(" "), header, options.profile);
  for (const line of lines) reader.take(line);
  const events = new HistoryRecord(reader.timeline).events();
  const wanted = events.filter(wantedOf(reader, events, options.guest));
  printLines(format === "json" ? wanted.map(jsonLine) : historyText(reader, wanted));
  return EXIT.ok;
}

/** The mdevs, the events, and the queues that changed hands. */
function historyText(reader: HistoryReader, events: readonly RecordedEvent[]): readonly string[] {
  const { timeline } = reader;
  const nameOf = (uuid: string): string => `m${timeline.mdevNumber(uuid)}`;
  const mdevs = timeline.mdevs.map((uuid) => `${nameOf(uuid)}  ${reader.called(uuid)}`);
  const fates = fateLines(events, nameOf, whenOf);
  return [
    ...mdevs,
    ...(mdevs.length > 0 ? [""] : []),
    ...events.map((event) => eventLine(event, whenOf)),
    ...(fates.length > 0 ? ["", ...fates] : []),
  ];
}

/** Whether an event is about one of these guests. @throws UserError a word that names none, or several */
function wantedOf(
  { timeline, labels }: HistoryReader,
  events: readonly RecordedEvent[],
  words: readonly string[] | undefined,
): (event: RecordedEvent) => boolean {
  if (words === undefined) return () => true;
  const guests = events.flatMap((event) => event.guests);
  const known = timeline.mdevs.flatMap((uuid) => {
    const names = new Set(guests.filter(({ mdev }) => mdev === uuid).map(({ guest }) => guest));
    const label = labels.get(uuid);
    return [undefined, ...names].map((guest) => ({ uuid, guest, label }));
  });
  const uuids = new Set(
    words.map((word) => {
      const mdev = mdevCalled(known, word);
      if (!mdev.ok) throw new UserError(mdev.message);
      return mdev.value;
    }),
  );
  const numbers = [...uuids].map((uuid) => `m${timeline.mdevNumber(uuid)}`);
  const isOne = (uuid: string | undefined): boolean => uuid !== undefined && uuids.has(uuid);
  return (event) =>
    event.guests.some(({ mdev }) => isOne(mdev)) ||
    event.moved.some(({ from, to }) => isOne(from.mdev) || isOne(to.mdev)) ||
    event.words.split(" ").some((word) => numbers.includes(word));
}

const isRecord = (file: string): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() === true && recordKind(file) !== undefined;

/** @throws UserError other files among them, or options that are for hosts */
function recordsOf(files: readonly string[], format: (typeof FORMATS)[number], options: HistoryOptions) {
  const other = files.find((file) => !isRecord(file));
  if (other !== undefined)
    throw new UserError(`${other}: is not a record of apply, and cannot be read as one with them`);
  for (const option of ["plan", "profile", "guest", "follow"] as const)
    if (options[option] !== undefined)
      throw new UserError(`--${option}: is for hosts and journals; ${files[0]} is a record of apply`);
  return files.flatMap((file) => recordLines(file, format));
}

async function follow(
  [source = "", ...more]: readonly string[],
  format: (typeof FORMATS)[number],
  { plan, profile, guest }: HistoryOptions,
): Promise<number> {
  if (more.length > 0 || plan !== undefined) throw new UserError("--follow: one source can be followed, and no plan");
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());
  const { history, close } = await liveHistory(source, profile);
  try {
    const reader = new HistoryReader(source, history.header.toString().trimEnd(), profile);
    const isWanted = (event: RecordedEvent, all: readonly RecordedEvent[]) => wantedOf(reader, all, guest)(event);
    await followHistory(history, reader, { format, isWanted }, stopping.signal);
  } finally {
    close();
  }
  return EXIT.ok;
}

/** @throws UserError what it is does not change */
async function liveHistory(source: string, profile: string | undefined) {
  if (isHistoryFile(source)) {
    const history = new GrowingFile(source);
    return { history, close: () => history.close() };
  }
  const opened = await openPageSource({ from: source, interval: "1", ...(profile !== undefined && { profile }) });
  if (opened.info.live || source.startsWith(LAB_PREFIX))
    return { history: opened.history, close: () => opened.close() };
  opened.close();
  throw new UserError(`--follow: ${source} does not change`);
}

async function textOf(sources: readonly string[], { plan, profile }: HistoryOptions): Promise<string> {
  const [first = "", ...more] = sources;
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
