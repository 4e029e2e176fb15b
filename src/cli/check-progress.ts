// The progress of an exploration on stderr, if it takes longer than a second: rewritten in place on a terminal, otherwise now and then.
import type { HowFar } from "../checker/explorer/exploration.ts";
import { grouped } from "../checker/result-text.ts";

const SILENT = 1000;
/** Between two lines that cannot be rewritten. */
const APART = 10_000;

/** Share of a level that says enough about the next one. */
const ENOUGH = 0.2;

/** How many states will still come if the levels go on shrinking like this one; undefined while they grow. */
export function restOf({
  level,
  waiting,
  frontier,
}: Pick<HowFar, "level" | "waiting" | "frontier">): number | undefined {
  const share = (level - waiting) / level;
  const next = frontier / share;
  const ratio = next / level;
  if (!(share >= ENOUGH) || ratio >= 1) return undefined;
  return next - frontier + (next * ratio) / (1 - ratio);
}

const span = (seconds: number): string =>
  seconds < 90
    ? `${Math.ceil(seconds)} s`
    : seconds < 5400
      ? `${Math.ceil(seconds / 60)} min`
      : `${Math.ceil(seconds / 3600)} h`;

export class CheckProgress {
  readonly #start = performance.now();
  readonly #isTerminal = process.stderr.isTTY === true;
  #shownAt = -APART;
  #isShown = false;

  tell(howFar: HowFar): void {
    const passed = performance.now() - this.#start;
    if (passed < SILENT || (!this.#isTerminal && passed - this.#shownAt < APART)) return;
    this.#shownAt = passed;
    this.#isShown = true;
    const line = progressLine(howFar, passed / 1000, restOf(howFar));
    process.stderr.write(Buffer.from(this.#isTerminal ? `\r\u001b[K${line}` : `apmatrix: ${line}\n`));
  }

  end(): void {
    if (this.#isShown && this.#isTerminal) process.stderr.write(Buffer.from("\r\u001b[K"));
  }
}

export function progressLine(howFar: HowFar, seconds: number, rest: number | undefined): string {
  const { states, depth, waiting, frontier, bytes } = howFar;
  const speed = states / seconds;
  const left = rest === undefined ? "unknown" : span(rest / speed);
  const where = `depth ${depth}, frontier ${grouped(waiting)} + ${grouped(frontier)}`;
  return `${grouped(states)} states, ${grouped(speed)}/s, ${where}, ${grouped(bytes / 2 ** 20)} MiB, rest: ${left}`;
}
