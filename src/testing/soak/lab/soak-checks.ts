// What must be true when a soak of a mounted lab is over.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { playTrace } from "../../../system/trace/play.ts";
import { parseTrace, type Trace } from "../../../system/trace/trace-file.ts";
import type { MountedLab } from "../../support/mounted-lab.ts";
import { type HammerReport, writeKey } from "./hammer-report.ts";

/** How often to look, each time a little later: what has ended is not gone at once. */
const TRIES = 100;
const PAUSE = 20;

export const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

/** Open handles and descriptors, and names that are still known although the kernel was told to forget all. */
export async function leftBehind({ sys, mount: { server } }: MountedLab, descriptors: number): Promise<string[]> {
  for (let n = 0; n < TRIES && (server.nodes.size > 1 || server.openHandles > 0); n++) {
    await forgetNames(sys);
    await pause(PAUSE);
  }
  for (let n = 0; n < TRIES && openDescriptors() > descriptors; n++) await pause(PAUSE);
  const problems: string[] = [];
  if (server.nodes.size > 1) problems.push(`${server.nodes.size - 1} names are known that nobody uses`);
  if (server.openHandles > 0) problems.push(`${server.openHandles} handles are open`);
  const more = openDescriptors() - descriptors;
  if (more > 0) problems.push(`${more} more descriptors are open than before`);
  return problems;
}

/** A remount makes the kernel forget every name that nobody uses. */
function forgetNames(sys: string): Promise<void> {
  return new Promise((resolve) => spawn("mount", ["-i", "-o", "remount", sys]).on("close", () => resolve()));
}

/** @throws Error it is not a trace */
export function readJournal(directory: string): Trace {
  const parsed = parseTrace(readFileSync(join(directory, "journal.jsonl"), "utf8"));
  if (!parsed.ok) throw new Error(`line ${parsed.error.line} of the journal: expected ${parsed.error.expected}`);
  return parsed.value;
}

/** Answers that differ from those of the rules, and answers that a client got but that are not in the journal. */
export function wrongAnswers(trace: Trace, reports: readonly HammerReport[]): string[] {
  const problems = playTrace(trace).differences.map(
    ({ line, mismatches }) => `line ${line.line} of the journal: ${JSON.stringify(mismatches)}`,
  );
  const known = journalWrites(trace);
  const told = sumOf(reports.map(({ writes }) => writes));
  for (const [key, count] of told) {
    const inJournal = known.get(key) ?? 0;
    const [, value, r] = JSON.parse(key) as [string, string, number | string];
    // An empty write, and a write to a missing file, never reach the journal.
    const mayBeMissing = value === "" || UNKNOWN.has(`${r}`);
    if (inJournal > count || (inJournal < count && !mayBeMissing)) {
      problems.push(`${key}: ${count} times told, ${inJournal} times in the journal`);
    }
  }
  for (const [key, count] of known)
    if (!told.has(key)) problems.push(`${key}: ${count} times in the journal, never told`);
  return problems.slice(0, 20);
}

/** Errors that can also come from opening a file. */
const UNKNOWN = new Set(["ENOENT", "ENODEV", "EACCES"]);

function journalWrites({ lines }: Trace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, expected } of lines) {
    if (operation.op !== "write") continue;
    const r = expected?.r as number | string;
    // A write that waited has taken all bytes when it was done.
    const key = writeKey(operation.path, operation.value, r === "blocked" ? operation.value.length : r);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function sumOf(all: readonly Readonly<Record<string, number>>[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const counts of all)
    for (const [key, count] of Object.entries(counts)) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
}
