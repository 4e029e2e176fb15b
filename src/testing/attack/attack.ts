// What an attack is: something that a stranger, a full disk or a signal does to apmatrix, and what must hold all the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apmatrix, type CommandOptions, type Ended, labUp, type RunningLab } from "../support/lab-command.ts";
import { freshDirectory } from "../support/temporary.ts";

export interface Attack {
  readonly name: string;
  /** What must hold, in one sentence. */
  readonly holds: string;
  /** @returns what was seen; throws where something does not hold */
  readonly run: (ground: Ground) => Promise<string>;
}

/** It cannot be tried on this machine. */
export class NotHere extends Error {}

/** Where attacks take place. */
export interface Ground {
  readonly directory: string;
  readonly isLong: boolean;
}

/** A place of its own, with a directory for running labs. */
export function place({ directory }: Ground): {
  readonly at: (name: string) => string;
  readonly options: CommandOptions;
} {
  const own = freshDirectory(directory, "a");
  return { at: (name) => join(own, name), options: { run: freshDirectory(own, "run") } };
}

/** Milliseconds in which a command is expected to end that has nothing to wait for; a busy machine is forgiven. */
export const PATIENCE = 60_000;

/** As apmatrix, and it ends. */
export async function command(words: readonly string[], options: CommandOptions, patience = PATIENCE): Promise<Ended> {
  let timer: NodeJS.Timeout | undefined;
  let kill = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      kill();
      reject(new Error(`"${words.join(" ").slice(0, 200)}" does not end within ${patience} ms`));
    }, patience);
  });
  const started = (child: Parameters<NonNullable<CommandOptions["started"]>>[0]): void => {
    kill = () => void child.kill("SIGKILL");
    options.started?.(child);
  };
  try {
    return await Promise.race([apmatrix(words, { ...options, started }), late]);
  } finally {
    clearTimeout(timer);
  }
}

const UNSEEN = /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u;
/** Of a line on stderr: a page of /sys, and names. */
const LONGEST_LINE = 5000;

/** What is said is for a terminal, and no stack of calls is in it. */
export function checkSaid({ stdout, stderr }: Ended, what: string): void {
  assert.doesNotMatch(stdout, UNSEEN, `${what}: stdout has a character that is not seen`);
  assert.doesNotMatch(stderr, UNSEEN, `${what}: stderr has a character that is not seen`);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+|node:internal/m, `${what}: a stack of calls: ${stderr.slice(0, 500)}`);
  for (const line of stderr.split("\n"))
    assert.ok(line.length < LONGEST_LINE, `${what}: a line of ${line.length} characters`);
}

/** It is refused: exit code 1, one line that says why, nothing on stdout. @returns that line */
export function checkRefused(ended: Ended, what: string): string {
  checkSaid(ended, what);
  assert.deepEqual([ended.code, ended.stdout], [1, ""], `${what}: ${ended.stderr}${ended.stdout.slice(0, 200)}`);
  assert.match(ended.stderr, /^apmatrix: [^\n]+\n$/, what);
  return ended.stderr;
}

export async function refused(words: readonly string[], options: CommandOptions, patience?: number): Promise<string> {
  return checkRefused(await command(words, options, patience), words.join(" ").slice(0, 200));
}

/** Do with a lab what is to be done, and end it. */
export async function withLab<T>(
  words: readonly string[],
  options: CommandOptions,
  act: (lab: RunningLab) => Promise<T>,
): Promise<T> {
  const lab = await labUp(words, options);
  try {
    return await act(lab);
  } finally {
    lab.process.kill("SIGCONT");
    await lab.stop();
  }
}

/** Something that is to stay as it is. */
export const SECRET = "a secret of root's\n";
export const checkSecret = (path: string, after: string): void =>
  assert.equal(readFileSync(path, "utf8"), SECRET, `a file of root's is another one after ${after}`);

/** In pieces that run at once: a machine has two processors at least. */
export async function inParallel<T>(all: readonly T[], act: (one: T) => Promise<void>, lanes = 4): Promise<void> {
  const rest = [...all];
  const lane = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Evenly chosen, the first and the last among them. */
export const some = <T>(all: readonly T[], count: number): readonly T[] =>
  all.length <= count
    ? all
    : Array.from({ length: count }, (_, at) => all[Math.round((at * (all.length - 1)) / (count - 1))] as T);
