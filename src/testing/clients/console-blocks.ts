// Console blocks of documents, run as a reader would: each command in a shell, in a directory that holds the files of examples/ and the
// repository's own folders. Comments right before a block say how, and are not seen in the page:
//   <!-- block: not run, REASON -->          it cannot be run here
//   <!-- block: in a lab of FILE -->         its commands see a lab as their /sys, as those of "lab exec" do
//   <!-- block: needs PROGRAM -->            it is left out where this machine lacks the program
//   <!-- block: after COMMAND -->            done first, in the same place
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "../../system/ap/assert.ts";
import { PROGRAM } from "../support/program.ts";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Milliseconds that a command may take, and that a block's last lines are waited for. */
const PATIENCE = 60_000;

export interface Command {
  readonly text: string;
  /** What the page shows of its output; if it shows nothing, anything may come. */
  readonly shown: readonly string[];
}

export interface Block {
  readonly page: string;
  readonly line: number;
  readonly notRun: string | undefined;
  readonly lab: string | undefined;
  readonly needs: readonly string[];
  readonly before: readonly string[];
  readonly commands: readonly Command[];
}

const BLOCK = /((?:^<!-- block: .* -->\n)*)^```console\n([\s\S]*?)^```$/gm;

/** @returns the blocks of a page, in their order */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(BLOCK)].map((match) => {
    const [, marks = "", body = ""] = match;
    const told = (word: string) =>
      [...marks.matchAll(new RegExp(`<!-- block: ${word} (.*) -->`, "g"))].map(([, rest = ""]) => rest);
    const commands: { text: string; shown: string[] }[] = [];
    for (const line of body.trimEnd().split("\n")) {
      if (line.startsWith("$ ")) commands.push({ text: line.slice(2).replace(/\s+# .*$/, ""), shown: [] });
      else commands.at(-1)?.shown.push(line);
    }
    return {
      page,
      line: text.slice(0, match.index + marks.length).split("\n").length,
      notRun: told("not run,")[0],
      lab: told("in a lab of")[0],
      needs: told("needs"),
      before: told("after"),
      commands,
    };
  });
}

/** Whether the output is the one shown: a line of only … stands for any number of lines, and a line that ends with … for its beginning. */
export function isAsShown(came: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return came.length === 0;
  if (/^\s*(?:…|\.\.\.)$/.test(first)) {
    return Array.from({ length: came.length + 1 }, (_, at) => at).some((at) => isAsShown(came.slice(at), rest));
  }
  const [line, ...others] = came;
  return line !== undefined && alike(line) === alike(first) && isAsShown(others, rest);
}

/** What differs from run to run. */
const alike = (line: string): string =>
  line
    .replace(/process \d+/, "process N")
    .replace(/duration_ms: [\d.]+/, "duration_ms: N")
    .replace(/\([\d.,]+ s, [\d,]+ states\/s, .*\)$/, "(N s)")
    .trimEnd();

/** A place where the commands of one block are run, one after the other. */
export class Desk {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();
  #prefix: readonly string[] = [];

  /** @param directory an empty one */
  constructor(directory: string) {
    this.#directory = join(directory, "desk");
    const bin = join(directory, "bin");
    for (const folder of [bin, join(directory, "run")]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    cpSync(join(ROOT, "examples"), this.#directory, { recursive: true });
    for (const folder of ["conformance", "hosts", "scenarios", "scripts", "docs"]) {
      symlinkSync(join(ROOT, folder), join(this.#directory, folder));
    }
    symlinkSync(join(ROOT, "examples"), join(this.#directory, "examples"));
    const program = `#!/bin/sh\n[ "$1" = apmatrix ] && shift\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(PROGRAM)} "$@"\n`;
    for (const name of ["apmatrix", "npx"]) writeFileSync(join(bin, name), program, { mode: 0o755 });
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    this.#environment = {
      ...inherited,
      PATH: `${bin}:${process.env.PATH}`,
      APMATRIX_RUN: join(directory, "run"),
      COLUMNS: "100",
      NO_COLOR: "1",
    };
  }

  /** From now on commands see a lab of this host as their /sys. */
  async bringUp(host: string): Promise<void> {
    mkdirSync(join(this.#directory, "lab-sys"));
    await this.run({ text: `apmatrix lab up ${host} --name desk --mount lab-sys &`, shown: [] });
    this.#prefix = ["apmatrix", "lab", "exec", "--name", "desk", "--"];
  }

  /**
   * Run one command. One that does not end by itself is interrupted when all that the page shows has come.
   *
   * @returns what is wrong; undefined if nothing is
   */
  async run({ text, shown }: Command): Promise<string | undefined> {
    const isBehind = text.endsWith("&");
    const words = [...this.#prefix, "bash", "-c", text.replace(/&$/, "")];
    const child = spawn(must(words[0]), words.slice(1), {
      cwd: this.#directory,
      env: this.#environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running.add(child);
    let output = "";
    const isEnough = (): boolean =>
      shown.length === 0 ? (isBehind ? /ready/ : /./).test(output) : isAsShown(linesOf(output, this.#directory), shown);
    let isStopped = false;
    const stop = (): void => {
      isStopped = true;
      if (!isBehind) this.#signal(child, "SIGINT");
    };
    const code = await new Promise<number | null | "behind">((resolve) => {
      const timer = setTimeout(() => resolve("behind"), PATIENCE);
      const heard = (chunk: Buffer): void => {
        output += chunk;
        if (isStopped || !isEnough()) return;
        if (isBehind) resolve("behind");
        // A command that ends by itself ends within this time.
        else setTimeout(stop, 3000).unref();
      };
      child.stdout.on("data", heard);
      child.stderr.on("data", heard);
      child.once("close", (status) => {
        clearTimeout(timer);
        this.#running.delete(child);
        resolve(status);
      });
    });
    const lines = linesOf(output, this.#directory);
    if (shown.length > 0 && !isAsShown(lines, shown)) return `$ ${text}\n${lines.join("\n")}`;
    // 2 is a difference that was found, and an error is shown where a page is about one.
    if (shown.length === 0 && code === 1) return `$ ${text}\nends with 1: ${lines.join("\n")}`;
    if (code === "behind" && !isEnough()) return `$ ${text}\ndoes not end: ${lines.join("\n")}`;
    return undefined;
  }

  /** Nothing is left running. */
  async clear(): Promise<void> {
    this.#prefix = [];
    for (const child of this.#running) this.#signal(child, "SIGTERM");
    const ended = [...this.#running].map((child) => new Promise((resolve) => child.once("close", resolve)));
    await Promise.race([Promise.all(ended), new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
    for (const child of this.#running) this.#signal(child, "SIGKILL");
  }

  #signal(child: ChildProcess, signal: NodeJS.Signals): void {
    try {
      process.kill(-(child.pid as number), signal);
    } catch {
      // It has ended.
    }
  }
}

/** The desk stands for the directory that pages speak of. */
const linesOf = (output: string, directory: string): readonly string[] =>
  output
    .replaceAll(directory, "/tmp")
    .trimEnd()
    .split("\n")
    // Progress, which a fast machine has no time to print.
    .filter((line) => !/^apmatrix: [\d,]+ states, .* frontier /.test(line));
