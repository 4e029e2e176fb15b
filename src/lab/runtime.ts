// Where running labs can be found: a directory of the user's, with one description and one socket a lab.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lockByName } from "../guards/file-lock.ts";
import { privateDirectory, writeOwnFile } from "../guards/private-directory.ts";
import { ownUid, readKernelText, readRegular, UnsafeError } from "../guards/safe-open.ts";
import { LabError, reasonOf } from "./lab-error.ts";

export interface LabDescription {
  readonly name: string;
  readonly pid: number;
  readonly profile: string;
  /** Where its /sys is mounted; undefined if it is not. */
  readonly mount: string | undefined;
  /** Address of its page; undefined if it serves none. */
  readonly page: string | undefined;
  /** A process in the lab's network namespace, where its uevents are; undefined if it has none. */
  readonly network: number | undefined;
  /** The mount is only to be seen in the namespaces of the lab's process. */
  readonly isPrivate: boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** @throws LabError for a name that cannot be a file's */
export function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw new LabError(`"${name}" is not a name for a lab: letters, digits, dots, dashes and underscores, at most 64`);
}

/** Root's place is one that nobody else can prepare, whatever the environment of an earlier user says. */
function defaultDirectory(): string {
  const uid = ownUid();
  return uid === 0 ? "/run/apmatrix" : join(process.env.XDG_RUNTIME_DIR ?? "/tmp", `apmatrix-${uid}`);
}

/**
 * Made if it is not there, and nobody else's. APMATRIX_RUN says another place.
 *
 * @throws LabError it cannot be made, or somebody else could have made it
 */
export function runtimeDirectory(): string {
  const directory = process.env.APMATRIX_RUN ?? defaultDirectory();
  try {
    return privateDirectory(directory);
  } catch (error) {
    const why = error instanceof UnsafeError ? error.message : `cannot be used: ${reasonOf(error)}`;
    throw new LabError(`the directory for running labs, ${directory}, ${why}; set APMATRIX_RUN to another`);
  }
}

export const socketPath = (name: string): string => join(runtimeDirectory(), `${name}.sock`);
/** Files of one lab, such as the definitions that mdevctl makes in it. */
export const labDirectory = (name: string): string => join(runtimeDirectory(), name);
const lockPath = (name: string): string => join(runtimeDirectory(), `${name}.lock`);
const descriptionPath = (name: string): string => join(runtimeDirectory(), `${name}.json`);

/** When a process began, in the kernel's clock ticks; undefined if there is none: numbers of processes are used again. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readKernelText(`/proc/${pid}/stat`);
    // The name in parentheses may hold anything; the 20th field behind it is the time.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** How often a name is tried, and milliseconds in between. */
const TRIES = 20;
const PAUSE = 100;
/** In bytes. */
const LONGEST_DESCRIPTION = 1 << 16;

/** What is written down of a lab. */
interface Written extends LabDescription {
  readonly started: string | undefined;
}

/** @throws LabError it cannot be written down */
export function describeLab(description: LabDescription): void {
  const path = descriptionPath(description.name);
  const written: Written = { ...description, started: startOf(description.pid) };
  try {
    writeOwnFile(path, `${JSON.stringify(written)}\n`);
  } catch (error) {
    throw new LabError(`${path} cannot be written: ${reasonOf(error)}; set APMATRIX_RUN to another directory`);
  }
}

function forgetLab(name: string): void {
  for (const path of [descriptionPath(name), socketPath(name)]) rmSync(path, { force: true });
}

/**
 * Have a name for a lab of this process: nobody else can start one of this name until it is given back.
 *
 * @returns what gives it back, with all that was written down of the lab
 * @throws LabError another lab has it
 */
export async function takeName(name: string): Promise<() => void> {
  for (let tries = 1; ; tries++) {
    const release = lockByName(lockPath(name));
    if (release) {
      return () => {
        forgetLab(name);
        release();
      };
    }
    const other = runningLab(name);
    // Whoever looks for a lab has the lock for a moment, to clean up after one that died.
    if (other || tries === TRIES) throw nameIsTaken(name, other);
    await pause(PAUSE);
  }
}

export function nameIsTaken(name: string, other: LabDescription | undefined): LabError {
  const process = other === undefined ? "comes up" : `is running already (process ${other.pid})`;
  return new LabError(`a lab "${name}" ${process}; choose another --name, or "apmatrix lab down --name ${name}"`);
}

/** A lab that runs now; one whose process is gone is forgotten. */
export function runningLab(name: string): LabDescription | undefined {
  let written: Written;
  try {
    const bytes = readRegular(descriptionPath(name), LONGEST_DESCRIPTION, { uid: ownUid() });
    written = JSON.parse(bytes.toString()) as Written;
  } catch {
    return undefined;
  }
  const started = startOf(written.pid);
  if (started !== undefined && started === written.started) return written;
  // Unless one of this name comes up just now.
  const release = lockByName(lockPath(name));
  if (release) {
    forgetLab(name);
    release();
  }
  return undefined;
}

export function runningLabs(): readonly LabDescription[] {
  const names = readdirSync(runtimeDirectory()).filter((file) => file.endsWith(".json"));
  return names.sort().flatMap((file) => runningLab(file.slice(0, -".json".length)) ?? []);
}

/**
 * The lab that a command means: the one named, or the only one there is.
 *
 * @param how one is named, for who has to choose
 * @throws LabError none, or several
 */
export function chooseLab(name: string | undefined, how = "--name"): LabDescription {
  if (name !== undefined) {
    const lab = runningLab(checkName(name));
    if (lab) return lab;
    throw new LabError(`no lab "${name}" is running; "apmatrix lab list" shows those that are`);
  }
  const [lab, ...others] = runningLabs();
  if (!lab) throw new LabError('no lab is running; "apmatrix lab up HOST --mount DIR" starts one');
  if (others.length === 0) return lab;
  throw new LabError(
    `several labs are running (${[lab, ...others].map((l) => l.name).join(", ")}); choose one with ${how}`,
  );
}
