// How a command ends: its exit codes, and warnings. Anything thrown but a UserError is a bug of ours.
import { complain } from "./terminal.ts";

/** On stderr, one line each. */
export function tellWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) complain(warning);
}

/** The exit code is what the work answers. */
export async function exitWith(work: Promise<number>): Promise<void> {
  process.exitCode = await work;
}

/** Exit codes of every command. */
export const EXIT = {
  /** Done, or nothing to do. */
  ok: 0,
  error: 1,
  /** A difference, a violation, or changes pending. */
  difference: 2,
} as const;
