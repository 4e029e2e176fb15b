// The lock that chzdev, and ap-check for mdevctl, take when they change a host's AP configuration, so that one waits for the other. It is a
// file with the number of the process that has it. The file is made under another name first and then linked, which happens at once or not
// at all. A lock whose process is gone is removed, as those tools do.

import { existsSync, linkSync, lstatSync, type Stats, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readRegular, UnsafeError } from "../../guards/safe-open.ts";
import { makeDirectory } from "../../guards/trusted-path.ts";
import { codeOf, messageOf } from "../../guards/user-error.ts";
import { plain } from "../../system/ap/quoted.ts";

export const CONFIG_LOCK = "/run/lock/s390apconfig.lock";

/** Milliseconds between two tries, and the number of tries; the other tools use the same. */
const PAUSE = 30;
const TRIES = 3000;
export const LOCK_PATIENCE = (PAUSE * TRIES) / 1000;
/** Bytes: enough for a process's number or name. */
const LONGEST_LOCK = 64;
/** A lock without the number of a process is left alone for this many milliseconds. */
const NAMELESS_AGE = 300_000;

export interface ConfigLockOptions {
  readonly path: string;
  /** Seconds to wait for another holder. */
  readonly patience: number;
  /** Called once if somebody has it. */
  readonly onWait: (holder: string) => void;
  /** The process that will have the lock, if not this one: until it gives it back or ends. */
  readonly pid?: number;
  /** Whether to give up. */
  readonly isCancelled?: () => boolean;
}

export type ConfigLock =
  | { readonly ok: true; readonly release: () => void }
  /** One line without the lock's path. */
  | { readonly ok: false; readonly message: string };

export async function takeConfigLock(options: ConfigLockOptions): Promise<ConfigLock> {
  const { path, patience, onWait, pid = process.pid, isCancelled = () => false } = options;
  const own = `${path}.lk${process.pid}`;
  try {
    makeOwn(own, pid);
  } catch (error) {
    return { ok: false, message: `cannot be made: ${reasonOf(error)}` };
  }
  try {
    const tries = Math.max(1, Math.ceil((patience * 1000) / PAUSE));
    let holder: string | undefined;
    for (let n = 1; n <= tries && !isCancelled(); n++) {
      if (isLinked(own, path)) return { ok: true, release: () => releaseConfigLock(path, pid) };
      const found = lookAt(path);
      if (found === undefined) continue;
      if (holder === undefined) onWait(found);
      holder = found;
      await pause(PAUSE);
    }
    return {
      ok: false,
      message: `is held by ${holder ?? "others"}${isCancelled() ? " and was waited for no longer" : ""}`,
    };
  } catch (error) {
    if (error instanceof UnsafeError) return { ok: false, message: `${error.message}: remove it` };
    return { ok: false, message: `cannot be taken: ${reasonOf(error)}` };
  } finally {
    remove(own);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "its file system is read-only",
};

function reasonOf(error: unknown): string {
  if (error instanceof UnsafeError) return `its directory ${error.message}`;
  const [code, message] = [codeOf(error), messageOf(error)];
  if (code === undefined) throw error;
  return REASONS[code] ?? message;
}

function makeOwn(own: string, pid: number): void {
  if (!existsSync(dirname(own))) makeDirectory(dirname(own));
  // A killed process of the same number may have left its file.
  remove(own);
  writeFileSync(own, `${pid}\n`, { flag: "wx", mode: 0o644 });
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** Whether the lock is ours now. */
function isLinked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    return false;
  }
}

/** Whether this process has the lock. If something else is in its place, nobody has it. */
export function isConfigLockOf(path: string, pid: number): boolean {
  try {
    return Number.parseInt(readLock(path), 10) === pid;
  } catch {
    return false;
  }
}

/** Removes the lock of this process, but not one that another process has made since. */
export function releaseConfigLock(path: string, pid: number): void {
  if (isConfigLockOf(path, pid)) remove(path);
}

/** Who has the lock; undefined if nobody has. A lock whose process is gone is removed. */
function lookAt(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const pid = Number.parseInt(readLock(path), 10);
  if (pid > 0 ? isAlive(pid) : Date.now() < stat.mtimeMs + NAMELESS_AGE) {
    return pid > 0
      ? `process ${pid}${nameOf(pid)}`
      : "a process that has not said its number (remove it if there is none)";
  }
  if (isSame(stat, lstatSync(path, { throwIfNoEntry: false }))) remove(path);
  return undefined;
}

const isSame = (a: Stats, b: Stats | undefined): boolean => b?.ino === a.ino && b.mtimeMs === a.mtimeMs;

/** The text of the lock; empty if it is not there. @throws UnsafeError something else is in its place */
function readLock(path: string): string {
  try {
    return readRegular(path, LONGEST_LOCK).toString("latin1");
  } catch (error) {
    if (error instanceof UnsafeError) throw error;
    return "";
  }
}

/** No process has a larger number. */
const LARGEST_PID = 2 ** 22;

function isAlive(pid: number): boolean {
  if (pid > LARGEST_PID) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

function nameOf(pid: number): string {
  const name = readLock(`/proc/${pid}/comm`).trim();
  return name === "" ? "" : ` (${plain(name)})`;
}
