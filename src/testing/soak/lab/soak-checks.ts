// What must be true when a soak of a mounted lab is over.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { playTrace } from "../../../system/trace/play.ts";
import { parseTrace, type Trace } from "../../../system/trace/trace-file.ts";
import type { MountedLab } from "../../support/mounted-lab.ts";
import { type HammerReport, writeKey } from "./hammer-report.ts";

/** Tries, each a little later than the last one: what ends is not gone at once. */
const TRIES = 100;
const PAUSE = 20;

export const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

/** Handles and descriptors that are open, and names that are known although the kernel was told to forget all. */
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

/** Mounting anew what is mounted makes the kernel forget every name of it that nobody uses. */
function forgetNames(sys: string): Promise<void> {
  return new Promise((resolve) => spawn("mount", ["-i", "-o", "remount", sys]).on("close", () => resolve()));
}

/** @throws Error it is not a trace */
export function readJournal(directory: string): Trace {
  const parsed = parseTrace(readFileSync(join(directory, "journal.jsonl"), "utf8"));
  if (!parsed.ok) throw new Error(`line ${parsed.error.line} of the journal: expected ${parsed.error.expected}`);
  return parsed.value;
}

/** Answers that the rules do not give, and answers that somebody got and the journal does not know. */
export function wrongAnswers(trace: Trace, reports: readonly HammerReport[]): string[] {
  const problems = playTrace(trace).differences.map(
    ({ line, mismatches }) => `line ${line.line} of the journal: ${JSON.stringify(mismatches)}`,
  );
  const known = journalWrites(trace);
  const told = sumOf(reports.map(({ writes }) => writes));
  for (const [key, count] of told) {
    const inJournal = known.get(key) ?? 0;
    const [, value, r] = JSON.parse(key) as [string, string, number | string];
    // A write of nothing, and one whose file is not there, never get as far as the journal.
    const mayBeMissing = value === "" || UNKNOWN.has(`${r}`);
    if (inJournal > count || (inJournal < count && !mayBeMissing)) {
      problems.push(`${key}: ${count} times told, ${inJournal} times in the journal`);
    }
  }
  for (const [key, count] of known)
    if (!told.has(key)) problems.push(`${key}: ${count} times in the journal, never told`);
  return problems.slice(0, 20);
}

/** Errors that opening a file has as well. */
const UNKNOWN = new Set(["ENOENT", "ENODEV", "EACCES"]);

function journalWrites({ lines }: Trace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, expected } of lines) {
    if (operation.op !== "write") continue;
    const r = expected?.r as number | string;
    // One that waited has taken all when it was through.
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
