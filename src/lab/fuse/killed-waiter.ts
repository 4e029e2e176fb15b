// Whether a process that waits for an answer is being killed. The kernel of FUSE says once that a signal has come, and not which; a
// killed process stays until it has its answer. So whoever is asked looks at the signals that wait for it.
import { constants } from "node:os";
import { readKernelText } from "../../guards/safe-open.ts";

/** Signals that end nobody by default. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"],
  ...["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"],
]);
const DEADLY = Object.entries(constants.signals)
  .filter(([name]) => !HARMLESS.has(name))
  .reduce((mask, [, number]) => mask | (1n << BigInt(number - 1)), 0n);

/**
 * @param status the text of /proc/PID/status
 * @returns whether a signal waits that ends the process: neither blocked, nor ignored, nor caught
 */
export function isKilledBy(status: string): boolean {
  const mask = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? 0}`);
  const pending = mask("SigPnd") | mask("ShdPnd");
  return (pending & DEADLY & ~(mask("SigBlk") | mask("SigIgn") | mask("SigCgt"))) !== 0n;
}

/** Milliseconds between two looks. */
const PAUSE = 100;

/**
 * Call `then` once the process is being killed, or is gone; at once if so.
 *
 * @returns what ends the waiting
 */
export function whenKilled(pid: number, then: () => void): () => void {
  const look = (): void => {
    if (!isKilled(pid)) return;
    clearInterval(timer);
    then();
  };
  const timer = setInterval(look, PAUSE).unref();
  look();
  return () => clearInterval(timer);
}

function isKilled(pid: number): boolean {
  try {
    return isKilledBy(readKernelText(`/proc/${pid}/status`));
  } catch {
    // Nobody of this number that we can see.
    return true;
  }
}
