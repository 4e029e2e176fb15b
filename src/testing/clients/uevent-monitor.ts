// udevadm monitor: the uevents that arrive in a lab's network namespace, each as one line.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { endGroup, environmentWith } from "./run-tool.ts";

const LIMIT = 30;

export class UeventMonitor {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(command: readonly string[], environment: Readonly<Record<string, string>>) {
    const [name, ...args] = command as [string, ...string[]];
    this.#process = spawn(name, args, { detached: true, env: environmentWith(environment) });
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /**
   * Begin to listen; what happens from now on is heard.
   *
   * @param command `udevadm monitor --kernel --property`, in the right namespaces
   */
  static async start(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<UeventMonitor> {
    const monitor = new UeventMonitor(command, environment);
    await monitor.#until((line) => line === "");
    return monitor;
  }

  /** The next line that matches, with all lines before it. */
  async #until(fits: (line: string) => boolean): Promise<string[]> {
    const timer = setTimeout(() => this.stop(), LIMIT * 1000);
    try {
      for (const lines: string[] = []; ; ) {
        const { value, done } = await this.#lines.next();
        if (done) throw new Error(`nothing more is heard\n${lines.join("\n")}`);
        lines.push(value);
        if (fits(value)) return lines;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** All events up to the one with this variable, which is left out; their variables in the kernel's order. */
  async upTo(variable: string): Promise<readonly string[]> {
    const events: string[] = [];
    for (;;) {
      // A title, the variables, an empty line.
      const lines = await this.#until((line) => line === "");
      const event = lines.filter((line) => /^[A-Z_]+=/.test(line) && !line.startsWith("SEQNUM=")).join(" ");
      if (event.includes(variable)) return events;
      // The value of a mask ends with a newline, so an empty line follows it that does not end the event.
      if (event !== "") events.push(event);
    }
  }

  stop(): void {
    endGroup(this.#process.pid);
  }
}
