// Signals, for work that writes to a host with calls that may take long. Such work runs in its own thread, so that signals are heard
// during a call. Before each write it asks the thread that hears them: after a signal nothing more is written.
import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort, Worker, workerData } from "node:worker_threads";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type EndSignal = (typeof SIGNALS)[number];

/** A signal has come, so the write was not made. */
export class InterruptedError extends Error {
  readonly signal: EndSignal;

  constructor(signal: EndSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

let gate: () => void = () => undefined;

/** Called directly before the system call of each write to a host. @throws InterruptedError a signal has come */
export const passGate = (): void => gate();

/** From now on this is asked before each write of this thread. */
export function guardWritesBy(ask: () => void): void {
  gate = ask;
}

/** What the thread is started with. */
interface Start {
  readonly data: unknown;
  /** One number: the answer to the last question at the gate. */
  readonly answer: SharedArrayBuffer;
}

const ASKED = 0;
const PASS = 1;
/** This and above: a signal has come, by its number in the list. */
const STOP = 2;

/** A message of the work: a question at the gate, or something for its supervisor, with an answer or without. */
type Message<M> = { readonly kind: "gate" } | { readonly kind: "tell" | "ask"; readonly message: M };

/** The thread's side: its data, and how it talks to its supervisor. */
interface Supervised<D, M> {
  readonly data: D;
  readonly tell: (message: M) => void;
  /** One question at a time. */
  readonly ask: (message: M) => Promise<unknown>;
}

/** For the thread. Its writes are guarded from now on. */
export function supervised<D, M>(): Supervised<D, M> {
  const { data, answer } = workerData as Start;
  const answered = new Int32Array(answer);
  const post = (message: Message<M>): void => parentPort?.postMessage(message);
  guardWritesBy(() => {
    Atomics.store(answered, 0, ASKED);
    post({ kind: "gate" });
    Atomics.wait(answered, 0, ASKED);
    const came = SIGNALS[Atomics.load(answered, 0) - STOP];
    if (came !== undefined) throw new InterruptedError(came);
  });
  return {
    data: data as D,
    tell: (message) => post({ kind: "tell", message }),
    ask: (message) =>
      new Promise((resolve) => {
        parentPort?.once("message", resolve);
        post({ kind: "ask", message });
      }),
  };
}

export interface Work<M> {
  /** What runs in the thread. */
  readonly module: URL;
  readonly data: unknown;
  /** What it returns is the answer, if the work has asked. */
  readonly hear: (message: M) => unknown;
  /** A second signal has come: after this call the process ends by it at once. */
  readonly ending: (signal: EndSignal) => void;
  /** A signal has come, and the call in progress takes long to return. */
  readonly waiting: (signal: EndSignal) => void;
}

/** Work usually stops within this many milliseconds after a signal. */
const USUAL = 1000;

/**
 * The side of the thread that hears signals. A signal before the first write ends the work; after it, the work is told at the gate and
 * ends by itself. A second one ends the process.
 */
export class Supervision<M> {
  readonly #work: Work<M>;
  #signal: EndSignal | undefined;
  #worker: Worker | undefined;
  #hasWritten = false;

  constructor(work: Work<M>) {
    this.#work = work;
    for (const signal of SIGNALS) process.on(signal, this.#hear);
  }

  /** The first one that came. */
  get signal(): EndSignal | undefined {
    return this.#signal;
  }

  /** Whether a write may have been made. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** @throws what the work has thrown */
  async run(): Promise<void> {
    const answer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const start: Start = { data: this.#work.data, answer };
    if (this.#signal !== undefined) return;
    const worker = new Worker(this.#work.module, { workerData: start });
    this.#worker = worker;
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: Message<M>) => {
        if (message.kind === "gate") void this.#openGate(new Int32Array(answer));
        else if (message.kind === "tell") this.#work.hear(message.message);
        else void Promise.resolve(this.#work.hear(message.message)).then((reply) => worker.postMessage(reply), reject);
      });
      worker.on("error", reject);
      worker.on("exit", () => resolve());
    });
  }

  /** From now on signals have their usual effect again. */
  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#hear);
  }

  async #openGate(answered: Int32Array): Promise<void> {
    // A signal that came before the question is heard within the turn.
    await nextTurn();
    const signal = this.#signal;
    // The work waits at the gate and is being ended there.
    if (signal !== undefined && !this.#hasWritten) return;
    if (signal === undefined) this.#hasWritten = true;
    Atomics.store(answered, 0, signal === undefined ? PASS : STOP + SIGNALS.indexOf(signal));
    Atomics.notify(answered, 0);
  }

  readonly #hear = (signal: EndSignal): void => {
    if (this.#signal !== undefined) {
      this.#work.ending(signal);
      this.end();
      // This ends even a thread that is in a call.
      process.kill(process.pid, signal);
      return;
    }
    this.#signal = signal;
    setTimeout(() => this.#work.waiting(signal), USUAL).unref();
    if (!this.#hasWritten) void this.#worker?.terminate();
  };
}
