// Progress of long work, on stderr and only on a terminal.
import { plain } from "../system/ap/quoted.ts";

export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #shown: boolean;
  #done = 0;
  #last = 0;

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
    this.#shown = process.stderr.isTTY === true;
  }

  /** The next piece begins. */
  step(name: string): void {
    this.#done++;
    if (!this.#shown || Date.now() - this.#last < 100) return;
    this.#last = Date.now();
    process.stderr.write(Buffer.from(`\r\u001b[K${this.#what} ${this.#done}/${this.#total} ${plain(name)}`));
  }

  end(): void {
    if (this.#shown) process.stderr.write(Buffer.from("\r\u001b[K"));
  }
}
