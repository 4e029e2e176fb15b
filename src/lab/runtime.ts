// Where running labs can be found: a directory of the user with a description and a socket for each lab.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lockByName } from "../guards/file-lock.ts";
import { privateDirectory, writeOwnFile } from "../guards/private-directory.ts";
import { ownUid, readRegular, UnsafeError } from "../guards/safe-open.ts";
import { reasonOf, UserError } from "../guards/user-error.ts";
import { processStat } from "./process-stat.ts";

export interface LabDescription {
  readonly name: string;
  readonly pid: number;
  readonly profile: string;
  /** Where its /sys is mounted; undefined if it is not. */
  readonly mount: string | undefined;
  /** Address of its page; undefined if it serves none. */
  readonly page: string | undefined;
  /** A root for tools, in which etc is the lab's own. */
  readonly root: string;
  /** A process in the lab's network namespace, where its uevents are; undefined if it has none. */
  readonly network: number | undefined;
  /** The mount can be seen only in the namespaces of the lab's process. */
  readonly isPrivate: boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** @throws UserError if the name cannot be that of a file */
export function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw new UserError(`"${name}" is not a name for a lab: letters, digits, dots, dashes and underscores, at most 64`);
}

/** Nobody else can prepare root's place, whatever the environment of an earlier user says. */
function defaultDirectory(): string {
  const uid = ownUid();
  return uid === 0 ? "/run/apmatrix" : join(process.env.XDG_RUNTIME_DIR ?? "/tmp", `apmatrix-${uid}`);
}

/**
 * It is made if it is not there, and only its owner may use it. APMATRIX_RUN names another place.
 *
 * @throws UserError it cannot be made, or somebody else could have made it
 */
export function runtimeDirectory(): string {
  const directory = process.env.APMATRIX_RUN ?? defaultDirectory();
  try {
    return privateDirectory(directory);
  } catch (error) {
    const why = error instanceof UnsafeError ? error.message : `cannot be used: ${reasonOf(error)}`;
    throw new UserError(`the directory for running labs, ${directory}, ${why}; set APMATRIX_RUN to another`);
  }
}

export const socketPath = (name: string): string => join(runtimeDirectory(), `${name}.sock`);
/** Files of one lab, such as the definitions that mdevctl makes in it, unless its journal keeps them. */
export const labDirectory = (name: string): string => join(runtimeDirectory(), name);
const lockPath = (name: string): string => join(runtimeDirectory(), `${name}.lock`);
const descriptionPath = (name: string): string => join(runtimeDirectory(), `${name}.json`);

/** How often a name is tried, and milliseconds in between. */
const TRIES = 20;
const PAUSE = 100;
/** In bytes. */
const LONGEST_DESCRIPTION = 1 << 16;

/** What is written to the description of a lab. */
interface Written extends LabDescription {
  readonly started: string | undefined;
}

/** @throws UserError it cannot be written down */
export function describeLab(description: LabDescription): void {
  const path = descriptionPath(description.name);
  const written: Written = { ...description, started: processStat(description.pid)?.started };
  try {
    writeOwnFile(path, `${JSON.stringify(written)}\n`);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${reasonOf(error)}; set APMATRIX_RUN to another directory`);
  }
}

function forgetLab(name: string): void {
  for (const path of [descriptionPath(name), socketPath(name)]) rmSync(path, { force: true });
}

/**
 * Take a name for a lab of this process: nobody else can start a lab of this name until it is given back.
 *
 * @returns a function that gives it back and removes the lab's files
 * @throws UserError another lab has it
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
    // A process that looks for labs has the lock for a moment, to clean up after one that died.
    if (other || tries === TRIES) throw nameIsTaken(name, other);
    await pause(PAUSE);
  }
}

export function nameIsTaken(name: string, other: LabDescription | undefined): UserError {
  const process = other === undefined ? "comes up" : `is running already (process ${other.pid})`;
  return new UserError(`a lab "${name}" ${process}; choose another --name, or "apmatrix lab down --name ${name}"`);
}

/** The lab of this name if it runs; the files of one whose process is gone are removed. */
export function runningLab(name: string): LabDescription | undefined {
  let written: Written;
  try {
    const bytes = readRegular(descriptionPath(name), LONGEST_DESCRIPTION, { uid: ownUid() });
    written = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  const started = processStat(written.pid)?.started;
  if (started !== undefined && started === written.started) return written;
  // A lab of this name may be coming up just now; then it has the lock.
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
 * The lab that a command means: the named one, or the only one.
 *
 * @param how the option that names a lab, for the message
 * @throws UserError there is none, or there are several
 */
export function chooseLab(name: string | undefined, how = "--name"): LabDescription {
  if (name !== undefined) {
    const lab = runningLab(checkName(name));
    if (lab) return lab;
    throw new UserError(`no lab "${name}" is running; "apmatrix lab list" shows those that are`);
  }
  const [lab, ...others] = runningLabs();
  if (!lab) throw new UserError('no lab is running; "apmatrix lab up HOST --mount DIR" starts one');
  if (others.length === 0) return lab;
  throw new UserError(
    `several labs are running (${[lab, ...others].map((l) => l.name).join(", ")}); choose one with ${how}`,
  );
}
