// Signals that ask a command to end: noted, for it to stop where it may.
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Interruption {
  #signal: string | undefined;
  readonly #hear = (signal: NodeJS.Signals): void => {
    this.#signal = signal;
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#hear);
  }

  /** The last one that came. */
  get signal(): string | undefined {
    return this.#signal;
  }

  /** From now on they do again what they always do. */
  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#hear);
  }
}
