// The command line as a user calls it: "lab up" that stays, and commands that end. What needs a process of its own has one; the other
// commands of a test file share one (resident.ts), unless it is the long form.

import { type ChildProcess, spawn } from "node:child_process";
import { isLongForm } from "./long-form.ts";
import { PROGRAM } from "./program.ts";
import { Resident } from "./resident.ts";

/** Milliseconds that any command may take. */
const PATIENCE = 120_000;

export interface Ended {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Directory for running labs. */
  readonly run: string;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Words before the command line, for another user or a namespace. */
  readonly prefix?: readonly string[];
  readonly directory?: string;
  /** Another copy of the program, for users who cannot read this one. */
  readonly program?: string;
  /** Told of the process as soon as it is there. */
  readonly started?: (child: ChildProcess) => void;
  /** Whether it has one, if not as usual: because the test is about the process, or because this "lab up" is refused. */
  readonly ownProcess?: boolean;
}

function start(words: readonly string[], options: CommandOptions): ChildProcess {
  const [program, ...args] = [...(options.prefix ?? []), process.execPath, options.program ?? PROGRAM, ...words];
  const env = { ...process.env, APMATRIX_RUN: options.run, ...options.environment };
  return spawn(program as string, args, { env, ...(options.directory && { cwd: options.directory }) });
}

/** Labs that have been brought up and not stopped. */
const running = new Set<ChildProcess>();

/** However a test ends, none of its labs is left running. Otherwise its process would wait for them. */
export function killLabs(): void {
  for (const child of running) child.kill("SIGKILL");
}
process.once("exit", killLabs);

/** Both outputs of a process as they come. */
function outputOf(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  }
  return output;
}

function endOf(child: ChildProcess, what: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`"${what}" does not end`));
    }, PATIENCE);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

/** Commands that start processes which inherit outputs, or that go on, are not for a process that others share. */
const OWN_PROCESS = ["lab up", "lab run", "lab exec", "start"];

function needsOwnProcess(words: readonly string[], options: CommandOptions): boolean {
  const { stdin, prefix, program, started, ownProcess } = options;
  if (isLongForm || [stdin, prefix, program, started].some((one) => one !== undefined)) return true;
  return ownProcess ?? [words.slice(0, 1), words.slice(0, 2)].some((name) => OWN_PROCESS.includes(name.join(" ")));
}

const resident = new Resident();

/** apmatrix WORDS, to its end. */
export async function apmatrix(words: readonly string[], options: CommandOptions): Promise<Ended> {
  if (!needsOwnProcess(words, options)) {
    const environment = { APMATRIX_RUN: options.run, ...options.environment };
    return await resident.run({ words, environment, directory: options.directory });
  }
  const child = start(words, options);
  options.started?.(child);
  const output = outputOf(child);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.stdin ?? "");
  const code = await endOf(child, words.join(" "));
  return { code, ...output };
}

/** A lab that has been brought up, and stays until it is stopped. */
export interface RunningLab {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
  /** @returns how it ended */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/**
 * apmatrix lab up WORDS, until it says that it is ready.
 *
 * @throws Error it ended instead, with what it said
 */
export const labUp = (words: readonly string[], options: CommandOptions): Promise<RunningLab> =>
  stays(["lab", "up", ...words], options, / ready: /);

/**
 * apmatrix WORDS, a command that stays, until it has said so.
 *
 * @throws Error it ended instead, with what it said
 */
export async function stays(words: readonly string[], options: CommandOptions, ready: RegExp): Promise<RunningLab> {
  const child = start(words, options);
  const output = outputOf(child);
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...output })));
  running.add(child);
  void ended.then(() => running.delete(child));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it does not get ready: ${output.stderr}`)), PATIENCE);
    const hear = (): void => {
      if (!ready.test(output.stdout)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on("data", hear);
    child.on("error", reject);
    void ended.then(({ code }) => {
      clearTimeout(timer);
      reject(new Error(`${words.join(" ")} ended with ${code}: ${output.stderr}`));
    });
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> => {
    child.kill(signal);
    // It may have ended before, and then it does not say so again.
    if (running.has(child)) await endOf(child, words.join(" "));
    return await ended;
  };
  return { process: child, pid: child.pid as number, output, ended, stop };
}
