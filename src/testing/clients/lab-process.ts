// A lab for tests: brought up by the command line as a user would, in a process of its own, so that the tests may wait for its mount.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { operationsFromWords } from "../../history/scenario/event-words.ts";
import { HOST_PLACE } from "../../lab/guest-places.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { PROGRAM } from "../support/program.ts";
import { environmentWith } from "./run-tool.ts";
import { ShellSession } from "./shell-session.ts";

const READY = 60;

/** Labs that are up: however the tests end, none is left running. */
const up = new Set<LabProcess>();
process.on("exit", () => {
  for (const lab of up) lab.kill();
});
process.once("SIGTERM", () => process.exit(1));

export class LabProcess {
  /** Its /sys: the host's, where guests have one, too. */
  mount: string;
  /** A directory for the tests to write to; it goes with the lab. */
  readonly work: string;
  readonly #base: string;
  readonly #process: ChildProcess;
  #console: Console | undefined;

  private constructor(base: string, child: ChildProcess) {
    this.#base = base;
    this.mount = join(base, "sys");
    this.work = join(base, "work");
    this.#process = child;
    up.add(this);
  }

  /** It scans only when it is told to. @param args of lab up, such as a host description and --uevents */
  static up(...args: readonly string[]): Promise<LabProcess> {
    return LabProcess.withTimer("--no-timer", ...args);
  }

  /** Its buses scan by themselves, too. */
  static async withTimer(...args: readonly string[]): Promise<LabProcess> {
    const base = mkdtempSync(join(tmpdir(), "apmatrix-"));
    for (const name of ["sys", "run", "work"]) mkdirSync(join(base, name));
    const command = [PROGRAM, "lab", "up", "--mount", join(base, "sys"), ...args];
    const child = spawn(process.execPath, command, { env: environmentWith({ APMATRIX_RUN: join(base, "run") }) });
    const lab = new LabProcess(base, child);
    await lab.#ready();
    if (existsSync(join(lab.mount, HOST_PLACE))) lab.mount = join(lab.mount, HOST_PLACE);
    return lab;
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = "";
      const fail = () => {
        this.kill();
        reject(new Error(`the lab does not come up: ${said}`));
      };
      const timer = setTimeout(fail, READY * 1000);
      const hear = (text: Buffer) => {
        said += text.toString();
        if (!said.includes("ready:")) return;
        clearTimeout(timer);
        resolve();
      };
      this.#process.stdout?.on("data", hear);
      this.#process.stderr?.on("data", hear);
      this.#process.on("close", fail);
    });
  }

  get environment(): Readonly<Record<string, string>> {
    return { APMATRIX_RUN: join(this.#base, "run") };
  }

  /** The command line of a program that has the lab as its /sys. */
  inside(command: readonly string[], ...options: readonly string[]): readonly string[] {
    return [process.execPath, PROGRAM, "lab", "exec", ...options, "--", ...command];
  }

  /** A shell that has the lab as its /sys. */
  shell(...options: readonly string[]): ShellSession {
    return new ShellSession(this.inside(["sh"], ...options), { here: this.work, there: this.work }, this.environment);
  }

  /**
   * Makes something happen to the machine or to a guest, in the words of lab event.
   *
   * @param guest the guest inside which it happens; without one, on the host
   * @returns the answer to its last operation
   */
  async event(words: string, guest?: string): Promise<Answer> {
    const parsed = operationsFromWords(words);
    if (!parsed.ok) throw new Error(`${words}: expected ${parsed.error.expected}`);
    this.#console ??= new Console(
      spawn(process.execPath, [PROGRAM, "lab", "event", "-"], { env: environmentWith(this.environment) }),
    );
    let answer: Answer | undefined;
    for (const operation of parsed.value) {
      const placed = guest === undefined ? operation : { ...operation, in: guest };
      answer = await this.#console.ask(JSON.stringify(operationToJson(placed)));
    }
    return answer as Answer;
  }

  read(path: string): string {
    return readFileSync(join(this.mount, path), "latin1");
  }

  /** One write, as echo does it. */
  write(path: string, text: string): void {
    writeFileSync(join(this.mount, path), `${text}\n`);
  }

  /** Stop, and leave nothing behind. */
  async down(): Promise<void> {
    this.#console?.close();
    const gone = new Promise((resolve) => this.#process.on("close", resolve));
    this.#process.kill("SIGTERM");
    await gone;
    up.delete(this);
    // While a mount is there nothing can be removed, so this fails, as it should.
    rmSync(this.#base, { recursive: true });
  }

  kill(): void {
    this.#console?.close();
    this.#process.kill("SIGTERM");
  }
}

/** A lab event that takes one line after the other. */
class Console {
  readonly #process: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  constructor(child: ChildProcess) {
    this.#process = child;
    this.#replies = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<Answer> {
    this.#process.stdin?.write(`${line}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`the lab did not answer ${line}`);
    const reply = JSON.parse(value) as Answer | { readonly error: string };
    if ("error" in reply) throw new Error(`${line}: ${reply.error}`);
    return reply;
  }

  close(): void {
    this.#process.kill();
  }
}
