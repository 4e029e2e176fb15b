// A client of a mount, in a process of its own, asked from here.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AnswerMessage, Call, CallAnswer, CallMessage } from "./client-calls.ts";

const MAIN = fileURLToPath(new URL("./client-main.js", import.meta.url));
/** Milliseconds that a call may take if it need not wait for anything. */
const PATIENCE = 20_000;
/** How many calls may wait at the same time. */
const THREADS = "64";

export class Client {
  #child: ChildProcess | undefined;
  readonly #pending = new Map<number, (answer: CallAnswer) => void>();
  #last = 0;

  /** It begins when it is asked something for the first time. */
  get #process(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(MAIN, { env: { ...process.env, UV_THREADPOOL_SIZE: THREADS } });
    child.on("message", ({ id, answer }: AnswerMessage) => {
      this.#pending.get(id)?.(answer);
      this.#pending.delete(id);
    });
    child.on("exit", () => {
      for (const resolve of this.#pending.values()) resolve({ errno: "the client is gone" });
    });
    this.#child = child;
    return child;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** @throws Error it took too long: the server hangs */
  async call(call: Call, patience = PATIENCE): Promise<CallAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#process.kill("SIGKILL");
        reject(new Error(`no answer within ${patience} ms: ${JSON.stringify(call)}`));
      }, patience);
    });
    try {
      return await Promise.race([this.#send(call, false), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A call that may wait for as long as it likes. */
  start(call: Call): Promise<CallAnswer> {
    return this.#send(call, true);
  }

  #send(call: Call, waits: boolean): Promise<CallAnswer> {
    const id = ++this.#last;
    this.#process.send({ id, call, waits } satisfies CallMessage);
    return new Promise((resolve) => this.#pending.set(id, resolve));
  }

  /** @throws Error the call failed, or took too long */
  async value<T>(call: Call): Promise<T> {
    const answer = await this.call(call);
    if ("errno" in answer) throw new Error(`${answer.errno}: ${JSON.stringify(call)}`);
    return answer.value as T;
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
  }
}
