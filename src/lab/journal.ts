// The journal of a lab: a conformance trace that grows by a line for every operation, before the operation is answered. After a crash the
// next lab reads it and goes on after the last answer.

import { closeSync, constants, ftruncateSync } from "node:fs";
import { join } from "node:path";
import { openOwnFile } from "../guards/private-directory.ts";
import { readToEnd } from "../guards/safe-open.ts";
import { reasonOf, UserError } from "../guards/user-error.ts";
import { isAsRecorded } from "../system/trace/compare.ts";
import type { Operation } from "../system/trace/operation.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import type { Player } from "../system/trace/player.ts";
import { parseTrace, type Trace } from "../system/trace/trace-file.ts";
import { lockJournal } from "./journal-lock.ts";
import { Recording, type RecordingHeader } from "./recording.ts";

const FILE = "journal.jsonl";
const HEADER_START = '{"trace":';

interface Restored {
  readonly operations: number;
  /** Bytes of a last line that was only partly written. */
  readonly cut: number;
}

export class Journal {
  readonly path: string;
  readonly recording: Recording;
  readonly #lock: number;

  private constructor(path: string, lock: number, recording: Recording) {
    this.path = path;
    this.recording = recording;
    this.#lock = lock;
  }

  /**
   * Open the journal of a directory, and bring a fresh host to where it ends.
   *
   * @param beginning the operations that a new journal of this host begins with; an old one must begin with the same
   * @throws UserError the directory cannot be used, another lab has it, the journal is for another host or profile, or is damaged
   */
  static open(
    directory: string,
    player: Player,
    header: JournalHeader,
    beginning: readonly Operation[],
  ): JournalOpened {
    const lock = lockJournal(directory);
    const path = join(directory, FILE);
    let fd: number | undefined;
    try {
      fd = openFile(path);
      const found = readJournal(path, fd, header);
      const { recorded, whole, cut, lines } = found;
      if (recorded) {
        checkBeginning(path, recorded, beginning);
        replay(path, recorded.trace, player);
      }
      if (cut > 0) ftruncateSync(fd, whole);
      const journal = new Journal(path, lock, new Recording(path, fd, { bytes: whole, lines }));
      if (!recorded) journal.recording.begin({ ...header, beginning: beginning.length });
      return journal.#resume(player, beginning, found);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      closeSync(lock);
      throw error;
    }
  }

  #resume(player: Player, beginning: readonly Operation[], { recorded, cut }: Found): JournalOpened {
    const trace = recorded?.trace;
    const operations = trace?.lines.length ?? 0;
    let next = (trace?.lines.at(-1)?.i ?? 0) + 1;
    // A lab that was killed while it came up wrote only a part of its beginning.
    for (const planned of beginning.slice(operations)) {
      // What the header says of the host's drivers holds for whoever reads it next.
      const operation = planned.op === "init" && trace ? { ...planned, hostDrivers: trace.hostDrivers } : planned;
      this.recording.append(operation, next, player.apply(operation, next));
      next++;
    }
    return { journal: this, restored: trace || cut > 0 ? { operations, cut } : undefined, next };
  }

  close(): void {
    try {
      this.recording.close(true);
    } finally {
      closeSync(this.#lock);
    }
  }
}

/** What a journal holds when it is opened. */
interface Recorded {
  readonly trace: Trace;
  readonly beginning: number | undefined;
}

type JournalHeader = Omit<RecordingHeader, "beginning">;

export interface JournalOpened {
  readonly journal: Journal;
  /** What was there before; undefined for a new journal. */
  readonly restored: Restored | undefined;
  /** Number of the next operation. */
  readonly next: number;
}

function openFile(path: string): number {
  try {
    return openOwnFile(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    throw new UserError(`journal ${path} cannot be opened: ${reasonOf(error)}`);
  }
}

/** What is in the file: whole lines, and how many bytes of a torn last line must be cut off. */
interface Found {
  readonly recorded: Recorded | undefined;
  readonly whole: number;
  readonly lines: number;
  readonly cut: number;
}

/** In bytes. A lab wrote it, so it may be as long as a text can be. */
const LONGEST_JOURNAL = 500 * 1024 * 1024;

function readJournal(path: string, fd: number, header: JournalHeader): Found {
  const bytes = readJournalBytes(path, fd);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const cut = bytes.length - whole;
  const isTornHeader = whole === 0 && HEADER_START.startsWith(bytes.toString("latin1", 0, HEADER_START.length));
  if (isTornHeader) return { recorded: undefined, whole, lines: 0, cut };
  const text = bytes.toString("utf8", 0, whole > 0 ? whole : cut);
  const parsed = parseTrace(text);
  if (!parsed.ok) {
    const { line, column, expected } = parsed.error;
    throw new UserError(`${path}:${line}:${column}: expected ${expected}; move the journal away to begin a new one`);
  }
  const profile = parsed.value.profile ?? "linux-6.12";
  if (profile !== header.profile) {
    throw new UserError(
      `journal ${path} is of profile ${profile}, not ${header.profile}; use --profile ${profile}, or another directory`,
    );
  }
  const lines = bytes.toString("latin1", 0, whole).split("\n").length - 1;
  return { recorded: { trace: parsed.value, beginning: beginningOf(text) }, whole, lines, cut };
}

function readJournalBytes(path: string, fd: number): Buffer {
  try {
    return readToEnd(fd, LONGEST_JOURNAL);
  } catch (error) {
    throw new UserError(`journal ${path} cannot be read: ${reasonOf(error)}; move it away to begin a new one`);
  }
}

/** How many operations brought the host up, by the header; undefined for a trace that was not recorded by a lab. */
function beginningOf(text: string): number | undefined {
  const { beginning } = JSON.parse(text.slice(0, text.indexOf("\n"))) as { readonly beginning?: unknown };
  return typeof beginning === "number" ? beginning : undefined;
}

function checkBeginning(path: string, { trace, beginning: count }: Recorded, beginning: readonly Operation[]): void {
  const texts = (operations: readonly Operation[]) => operations.map((o) => JSON.stringify(operationToJson(o)));
  const wanted = texts(beginning);
  const found = texts(trace.lines.slice(0, wanted.length).map(({ operation }) => operation));
  if (found.every((text, at) => text === wanted[at]) && (count ?? wanted.length) === wanted.length) return;
  const [kept, asked] = [trace.lines[0]?.operation, beginning[0]].map((one) => one?.op === "init" && !!one.guests);
  if (kept !== asked) {
    const which = kept ? "is of a lab with --guests; say --guests" : "is of a lab without --guests; leave --guests out";
    throw new UserError(`journal ${path} ${which}, or name another directory`);
  }
  throw new UserError(`journal ${path} is of another host; name that one, or another directory`);
}

function replay(path: string, trace: Trace, player: Player): void {
  for (const { line, operation, i, expected } of trace.lines) {
    if (isAsRecorded(expected, player.apply(operation, i))) continue;
    throw new UserError(
      `${path}:${line}: this answer is not what was recorded; the journal is of another version, "apmatrix play ${path}" shows more`,
    );
  }
}
