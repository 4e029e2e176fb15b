// The process of resident.ts. For each command it starts the program anew, with outputs, arguments and an environment of its own; all that the
// program's entry requires is loaded once. As of any process, a command is at its end when it has nothing left to wait for.
import { Console } from "node:console";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Ended } from "./lab-command.ts";
import { PROGRAM } from "./program.ts";
import type { Answer, Asked } from "./resident.ts";

const { cache } = createRequire(import.meta.url);
const ENTRY = fileURLToPath(new URL("../dist/bundle/apmatrix.cjs", pathToFileURL(PROGRAM)));
const HOME = process.cwd();
const OUTPUTS = ["stdout", "stderr"] as const;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const own = { environment: { ...process.env }, exit: process.exit };
let commands = 0;

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
  return await new Promise((resolve) => {
    const end = (code?: number): void => resolve({ code: atEnd(code), stdout: text("stdout"), stderr: text("stderr") });
    // What runs on after that is not heard.
    process.exit = (code?: number): never => {
      process.removeAllListeners("uncaughtException").on("uncaughtException", () => undefined);
      end(code);
      throw new Error("the command has ended");
    };
    process.removeAllListeners("uncaughtException");
    delete cache[ENTRY];
    process.channel?.unref();
    void import(`${pathToFileURL(PROGRAM).href}?${++commands}`).then(() => process.once("beforeExit", () => end()));
  });
}

process.on("message", async (asked: Asked) => {
  const waiting = process.getActiveResourcesInfo().length;
  const ended = await run(asked);
  process.channel?.ref();
  process.exit = own.exit;
  for (const event of ["exit", "beforeExit", ...SIGNALS]) process.removeAllListeners(event);
  process.exitCode = 0;
  await nextTurn();
  // Of a command that has ended in the middle of something the next one could hear.
  const isSpent = process.getActiveResourcesInfo().length > waiting;
  process.send?.({ ended, isSpent } satisfies Answer);
});
process.on("disconnect", () => own.exit());
