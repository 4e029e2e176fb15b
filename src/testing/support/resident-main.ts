// The process of resident.ts. For each command it loads the entry of the program anew, with outputs, arguments and an environment of its own;
// all that the entry imports is loaded once.
import { Console } from "node:console";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import type { Ended } from "./lab-command.ts";
import { PROGRAM } from "./program.ts";
import type { Asked } from "./resident.ts";

const require = createRequire(PROGRAM);
const ENTRY = require.resolve("../dist/bundle/apmatrix.cjs");
const HOME = process.cwd();
const OUTPUTS = ["stdout", "stderr"] as const;
const own = { environment: { ...process.env }, exit: process.exit };

function outputInto(pieces: Buffer[]): Writable {
  return new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      done();
    },
  });
}

function setEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (environment[name] === undefined) delete process.env[name];
  Object.assign(process.env, environment);
}

/** What a process does at its end. */
function atEnd(code: number | undefined): number {
  if (code !== undefined) process.exitCode = code;
  for (const listener of process.listeners("exit")) listener.call(process, Number(process.exitCode ?? 0));
  return Number(process.exitCode ?? 0);
}

async function run({ words, environment, directory }: Asked): Promise<Ended> {
  const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const name of OUTPUTS) {
    Object.defineProperty(process, name, { value: outputInto(pieces[name]), configurable: true });
  }
  globalThis.console = new Console(process.stdout, process.stderr);
  process.argv = [process.execPath, PROGRAM, ...words];
  process.exitCode = undefined;
  setEnvironment({ ...own.environment, ...environment });
  process.chdir(directory ?? HOME);
  const text = (name: (typeof OUTPUTS)[number]): string => Buffer.concat(pieces[name]).toString();
  const ended = (code: number | undefined): Ended => ({
    code: atEnd(code),
    stdout: text("stdout"),
    stderr: text("stderr"),
  });
  return await new Promise((resolve) => {
    // What runs on after that is not heard.
    process.exit = (code?: number): never => {
      process.removeAllListeners("uncaughtException").on("uncaughtException", () => undefined);
      resolve(ended(code));
      throw new Error("the command has ended");
    };
    delete require.cache[ENTRY];
    (require(ENTRY) as { readonly done: Promise<void> }).done.then(
      () => resolve(ended(undefined)),
      () => undefined,
    );
  });
}

process.on("message", async (asked: Asked) => {
  const ended = await run(asked);
  process.exit = own.exit;
  for (const event of ["exit", "beforeExit", "uncaughtException"]) process.removeAllListeners(event);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.removeAllListeners(signal);
  process.exitCode = 0;
  process.send?.(ended);
});
process.on("disconnect", () => own.exit());
