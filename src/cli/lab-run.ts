// apmatrix lab run: a lab for one command. Up, the command, down; the exit code is the command's.
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labDown } from "./lab-admin.ts";
import { labExec } from "./lab-exec.ts";
import { labUp } from "./lab-up.ts";
import { complain } from "./terminal.ts";

export interface LabRunOptions {
  readonly profile: string;
  readonly name?: string;
  readonly journal?: string;
  readonly net?: boolean;
  /** Every guest has a Linux of its own. */
  readonly guests?: boolean;
  /** The command runs in this guest, which has a Linux. */
  readonly guest?: string;
  readonly timer: boolean;
  readonly timeout?: string;
}

export async function labRun(host: string, command: readonly string[], options: LabRunOptions): Promise<number> {
  const { profile, journal, timer } = options;
  const name = options.name ?? `run-${process.pid}`;
  const mount = mkdtempSync(join(tmpdir(), "apmatrix-"));
  const { net, guest, timeout } = options;
  const guests = options.guests === true || guest !== undefined;
  const up = { name, mount, profile, timer, transport: "epoll", uevents: net === true, guests, isQuiet: true };
  const run = async (): Promise<number> => {
    try {
      return await labExec(command, {
        name,
        ...(net && { net }),
        ...(guest !== undefined && { guest }),
        ...(timeout !== undefined && { timeout }),
      });
    } finally {
      await labDown({ name }).catch(() => undefined);
    }
  };
  let done: Promise<number> | undefined;
  try {
    const lab = await labUp(host, { ...up, ...(journal !== undefined && { journal }) }, () => {
      done = run();
      // Told below.
      done.catch(() => undefined);
    });
    // An ordinary user's lab has begun anew in a namespace of its own, and has done all of it there.
    return done === undefined ? lab : await done;
  } finally {
    removeEmpty(mount);
  }
}

/** What is still mounted there is not touched. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    complain(`${directory} is in use and stays`);
  }
}
