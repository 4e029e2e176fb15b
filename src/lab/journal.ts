// The journal of a lab: a conformance trace that grows by a line for every operation, before whoever asked for it has the answer.
// After a crash the next lab reads it and is where the last answer left off.
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Answer } from "../trace/answer.ts";
import { mismatches } from "../trace/compare.ts";
import type { Operation } from "../trace/operation.ts";
import { operationToJson } from "../trace/operation-json.ts";
import type { Player } from "../trace/player.ts";
import { parseTrace, type Trace } from "../trace/trace-file.ts";
import { LabError, reasonOf } from "./lab-error.ts";

const FILE = "journal.jsonl";
const LOCK = "lock";

export interface Restored {
  readonly operations: number;
  /** Bytes of a last line that had not been written to its end. */
  readonly cut: number;
}

export class Journal {
  readonly path: string;
  readonly #fd: number;
  readonly #lock: string;

  private constructor(path: string, lock: string, fd: number) {
    this.path = path;
    this.#fd = fd;
    this.#lock = lock;
  }

  /**
   * Open the journal of a directory, and bring a fresh host to where it ends.
   *
   * @param beginning what a new journal of this host begins with; an old one must have begun with the same
   * @throws LabError the directory cannot be used, another lab has it, the journal is another host's or profile's, or is damaged
   */
  static open(
    directory: string,
    player: Player,
    header: JournalHeader,
    beginning: readonly Operation[],
  ): JournalOpened {
    const lock = takeLock(directory);
    try {
      const path = join(directory, FILE);
      const fd = openFile(path);
      const { trace, cut } = readJournal(path, fd, header);
      const journal = new Journal(path, lock, fd);
      if (!trace) {
        writeSync(fd, `${JSON.stringify({ trace: header.name, format: 2, profile: header.profile })}\n`);
        for (const [at, operation] of beginning.entries())
          journal.append(operation, at + 1, player.apply(operation, at + 1));
        return { journal, restored: undefined, next: beginning.length + 1 };
      }
      checkBeginning(path, trace, beginning);
      replay(path, trace, player);
      const operations = trace.lines.length;
      let next = (trace.lines.at(-1)?.i ?? 0) + 1;
      // A lab that was killed while it came up has written only a part of its beginning.
      for (const operation of beginning.slice(operations)) {
        journal.append(operation, next, player.apply(operation, next));
        next++;
      }
      return { journal, restored: { operations, cut }, next };
    } catch (error) {
      releaseLock(lock);
      throw error;
    }
  }

  /** One operation and its answer; it is in the file when this returns. */
  append(operation: Operation, i: number, answer: Answer): void {
    writeSync(this.#fd, `${JSON.stringify({ i, ...operationToJson(operation), x: answer })}\n`);
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    releaseLock(this.#lock);
  }
}

export interface JournalHeader {
  readonly name: string;
  readonly profile: string;
}

export interface JournalOpened {
  readonly journal: Journal;
  /** What was there before; undefined for a new journal. */
  readonly restored: Restored | undefined;
  /** Number of the next operation. */
  readonly next: number;
}

function openFile(path: string): number {
  try {
    return openSync(path, "a+", 0o644);
  } catch (error) {
    throw new LabError(`journal ${path} cannot be opened: ${reasonOf(error)}`);
  }
}

/** What is in the file, without a torn last line, which is cut off. */
function readJournal(
  path: string,
  fd: number,
  header: JournalHeader,
): { readonly trace: Trace | undefined; readonly cut: number } {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const cut = bytes.length - whole;
  if (cut > 0) ftruncateSync(fd, whole);
  if (whole === 0) return { trace: undefined, cut };
  const parsed = parseTrace(bytes.toString("utf8", 0, whole));
  if (!parsed.ok) {
    const { line, column, expected } = parsed.error;
    throw new LabError(`${path}:${line}:${column}: expected ${expected}; move the journal away to begin a new one`);
  }
  const profile = parsed.value.profile ?? "linux-6.12";
  if (profile !== header.profile) {
    throw new LabError(
      `journal ${path} is of profile ${profile}, not ${header.profile}; use --profile ${profile}, or another directory`,
    );
  }
  return { trace: parsed.value, cut };
}

function checkBeginning(path: string, trace: Trace, beginning: readonly Operation[]): void {
  const texts = (operations: readonly Operation[]) => operations.map((o) => JSON.stringify(operationToJson(o)));
  const wanted = texts(beginning);
  const found = texts(trace.lines.slice(0, wanted.length).map(({ operation }) => operation));
  if (found.every((text, at) => text === wanted[at])) return;
  throw new LabError(`journal ${path} is of another host; name that one, or another directory`);
}

function replay(path: string, trace: Trace, player: Player): void {
  for (const { line, operation, i, expected } of trace.lines) {
    const answer = player.apply(operation, i);
    if (!expected || mismatches(expected, answer as unknown as Record<string, unknown>).length === 0) continue;
    throw new LabError(
      `${path}:${line}: this answer is not what was recorded; the journal is of another version, "apmatrix play ${path}" shows more`,
    );
  }
}

/** A file with the number of the process that uses the directory. */
function takeLock(directory: string): string {
  const lock = join(directory, LOCK);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new LabError(`journal directory ${directory} cannot be made: ${reasonOf(error)}`);
  }
  const holder = holderOf(lock);
  if (holder !== undefined)
    throw new LabError(`journal ${directory} is in use by process ${holder}; stop that lab, or use another directory`);
  writeFileSync(lock, `${process.pid}\n`);
  return lock;
}

function holderOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, "utf8").trim());
    if (pid === process.pid || !Number.isInteger(pid) || pid <= 0) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? Number(readFileSync(lock, "utf8")) : undefined;
  }
}

function releaseLock(lock: string): void {
  try {
    writeFileSync(lock, "");
  } catch {
    // The directory is gone: nobody can mistake the lock for ours.
  }
}
