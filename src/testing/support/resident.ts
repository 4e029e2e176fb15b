// Runs commands of apmatrix one after the other in one process, which loads the program once: what a command answers is known in a tenth of
// the time of a start. The process: resident-main.ts.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Ended } from "./lab-command.ts";

export interface Asked {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string | undefined;
}

export interface Answer {
  readonly ended: Ended;
  /** It takes no other command. */
  readonly isSpent: boolean;
}

const MAIN = fileURLToPath(new URL("./resident-main.js", import.meta.url));
/** Milliseconds that any command may take. */
const PATIENCE = 120_000;

export class Resident {
  #process: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** In the order of the calls: a command begins when the one before has ended. */
  run(asked: Asked): Promise<Ended> {
    const ended = this.#last.then(() => this.#send(asked));
    this.#last = ended.catch(() => undefined);
    return ended;
  }

  /** It ends with the tests, which do not wait for it. */
  #started(): ChildProcess {
    if (this.#process === undefined) {
      this.#process = fork(MAIN, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    }
    return this.#process;
  }

  #leave(): void {
    this.#process?.disconnect();
    this.#process = undefined;
  }

  async #send(asked: Asked): Promise<Ended> {
    const child = this.#started();
    child.ref();
    child.channel?.ref();
    try {
      return await new Promise<Ended>((resolve, reject) => {
        const what = `"${asked.words.join(" ")}"`;
        const timer = setTimeout(() => {
          child.kill("SIGKILL");
          reject(new Error(`${what} does not end`));
        }, PATIENCE);
        const gone = (): void => {
          this.#process = undefined;
          end(() => reject(new Error(`${what} ended the process that it shares`)));
        };
        const heard = (answer: unknown): void => {
          const { ended, isSpent } = answer as Answer;
          if (isSpent) this.#leave();
          end(() => resolve(ended));
        };
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          child.off("exit", gone).off("message", heard);
          settle();
        };
        child.once("exit", gone).once("message", heard);
        child.send(asked);
      });
    } finally {
      child.unref();
      child.channel?.unref();
    }
  }
}
