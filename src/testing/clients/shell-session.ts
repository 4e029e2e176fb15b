// A shell that stays open, for many commands in a place that is slow to enter, such as the namespace of lab exec.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endGroup, environmentWith, type Run } from "./run-tool.ts";

const LIMIT = 60;

/** Before the shell's command: whatever the shell starts ends with it, however it ends. */
export const DIES_WITH_SHELL = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

/** Where output is put: the directory's name here, and where the shell is. */
export interface Shared {
  readonly here: string;
  readonly there: string;
}

export class ShellSession {
  readonly #process: ChildProcess;
  readonly #shared: Shared;
  readonly #codes: AsyncIterator<string>;
  readonly #gone: Promise<unknown>;
  #errors = "";

  /** @param command that reads shell commands from its standard input */
  constructor(command: readonly string[], shared: Shared, environment: Readonly<Record<string, string>>) {
    const [name, ...args] = command as [string, ...string[]];
    this.#process = spawn(name, args, { detached: true, env: environmentWith(environment) });
    this.#gone = new Promise((resolve) => this.#process.on("close", resolve));
    this.#shared = shared;
    this.#codes = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    // A shell that has ended answers nothing more, which is reported there.
    this.#process.stdin?.on("error", () => undefined);
  }

  /** One command line; the shell waits until it is done. */
  async run(line: string): Promise<Run> {
    const { here, there } = this.#shared;
    this.#process.stdin?.write(`{ ${line}\n} </dev/null >${there}/stdout 2>${there}/stderr; echo $?\n`);
    const timer = setTimeout(() => this.#end(), LIMIT * 1000);
    const { value, done } = await this.#codes.next();
    clearTimeout(timer);
    if (done) throw new Error(`${line}: no answer\n${this.#errors}`);
    const text = (name: string) => readFileSync(join(here, name), "utf8");
    return { code: Number(value), stdout: text("stdout"), stderr: text("stderr") };
  }

  #end(): void {
    endGroup(this.#process.pid);
  }

  /** Let the shell end by itself, and everything it has started with it. */
  async close(): Promise<void> {
    this.#process.stdin?.end();
    await this.#gone;
    this.#end();
  }

  /** End it and everything it has started at once. */
  async kill(): Promise<void> {
    this.#end();
    await this.#gone;
  }
}
