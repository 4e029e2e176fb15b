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
  readonly timer: boolean;
  readonly timeout?: string;
}

export async function labRun(host: string, command: readonly string[], options: LabRunOptions): Promise<number> {
  const { profile, journal, timer } = options;
  const name = options.name ?? `run-${process.pid}`;
  const mount = mkdtempSync(join(tmpdir(), "apmatrix-"));
  const up = { name, mount, profile, timer, transport: "epoll", uevents: options.net === true, isQuiet: true };
  const run = async (): Promise<number> => {
    try {
      const { net, timeout } = options;
      return await labExec(command, { name, ...(net && { net }), ...(timeout !== undefined && { timeout }) });
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
