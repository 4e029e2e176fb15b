// Where the commands of a lab run: a mount namespace in which /sys is the lab, and in which what they write below /etc, /run and /var/lib
// is the lab's own. One process keeps it for all commands of the lab, as long as the lab runs: scripts/lab-namespace.sh.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonOf, UserError } from "../guards/user-error.ts";
import { mountsBelow } from "./fuse/mount.ts";

const HELPER = fileURLToPath(new URL("../../scripts/lab-namespace.sh", import.meta.url));

/**
 * Of these a lab sees nothing of the machine: definitions of mdevctl, rules of chzdev, overrides of driverctl, what modules are loaded,
 * state of udevd, locks.
 */
const OWN_DIRECTORIES = [
  ...["/etc/mdevctl.d", "/etc/udev/rules.d", "/etc/driverctl.d", "/etc/modules-load.d", "/etc/modprobe.d"],
  ...["/run/udev", "/run/lock"],
] as const;

/** Directories whose changes go to a layer of the lab. */
const LAYERED = ["/etc", "/run", "/var/lib"] as const;

export interface NamespaceOptions {
  /** Where the lab is mounted. */
  readonly mount: string;
  /** What /sys is: the mount, or a directory in it, which the lab itself must not look at, because it would wait for its own answer. */
  readonly sys: string;
  /** The lab's files. */
  readonly files: LabFiles;
  /** Directories that stay the machine's, if they are below those with a layer. */
  readonly through: readonly (string | undefined)[];
  /** Hears, in a sentence, what is not as it should be. */
  readonly complain: (sentence: string) => void;
}

/** What the tools of a lab have written. */
export interface LabFiles {
  readonly directory: string;
  /** They go on with what the last lab has left. */
  readonly isKept: boolean;
}

/** A root for tools, in which sys is the lab and etc the lab's own. */
export const toolRoot = (files: LabFiles): string => join(files.directory, "root");

/**
 * Begin with no files, or with those that are kept.
 *
 * @throws UserError something is mounted there, or they cannot be made
 */
export function beginFiles(files: LabFiles): void {
  const { directory, isKept } = files;
  const [mounted] = mountsBelow(directory);
  if (mounted !== undefined)
    throw new UserError(`${mounted} is a mount, where the lab keeps its files; choose another --name, or unmount it`);
  try {
    if (!isKept) removeAll(directory);
    makeToolRoot(toolRoot(files));
  } catch (error) {
    throw new UserError(`the lab's files in ${directory} cannot be made: ${reasonOf(error)}`);
  }
}

/** Files that are not kept go with the lab. */
export function endFiles({ directory, isKept }: LabFiles): void {
  if (!isKept && mountsBelow(directory).length === 0) removeAll(directory);
}

/** A child of a helper that was ended a moment ago may make one more directory meanwhile; so it is tried again, for 0.1 s at most. */
function removeAll(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
}

function makeToolRoot(root: string): void {
  const scripts = ["/etc/mdevctl.d/scripts.d", "/usr/lib/mdevctl/scripts.d"];
  const directories = scripts.flatMap((directory) => [`${directory}/callouts`, `${directory}/notifiers`]);
  for (const directory of [...OWN_DIRECTORIES, ...directories]) mkdirSync(join(root, directory), { recursive: true });
  const sys = join(root, "sys");
  rmSync(sys, { force: true });
  symlinkSync("/sys", sys);
}

export class CommandNamespace {
  readonly #options: NamespaceOptions;
  #child: ChildProcess | undefined;
  #ready: Promise<number> | undefined;
  #isStopped = false;

  constructor(options: NamespaceOptions) {
    this.#options = options;
  }

  /** It is there: whatever is mounted where it was made is mounted in it, too. */
  get isThere(): boolean {
    return this.#child !== undefined;
  }

  /** The process that holds it; undefined before it is there, and after the lab's end. */
  get pid(): number | undefined {
    return this.#isStopped ? undefined : this.#child?.pid;
  }

  /**
   * A process in it; it is made when it is needed first.
   *
   * @throws UserError it cannot be made, or the lab ends: what was made then would outlive it
   */
  async enter(): Promise<number> {
    if (this.#isStopped) throw new UserError("commands cannot see the lab as their /sys: it ends");
    this.#ready ??= this.#make().catch((error) => {
      this.#ready = undefined;
      throw error;
    });
    return await this.#ready;
  }

  #make(): Promise<number> {
    const { mount, sys, files, through, complain } = this.#options;
    const args = [sys, toolRoot(files), join(files.directory, "layer"), files.isKept ? "1" : "0"];
    const own = [...OWN_DIRECTORIES, "--", ...belowLayers([...through, mount, files.directory])];
    const child = spawn("unshare", ["-m", "sh", HELPER, ...args, ...own], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        this.#child = undefined;
        this.#ready = undefined;
        reject(new UserError(`commands cannot see the lab as their /sys: ${this.#isStopped ? "it ends" : why}`));
      };
      child.on("error", (error) => fail(error.message));
      child.on("close", (code) => fail(said.trim().split("\n").at(-1) || `its helper ended with ${code}`));
      child.stdout?.once("data", () => {
        for (const line of said.split("\n")) if (line !== "") complain(line);
        resolve(child.pid as number);
      });
    });
  }

  /** Comes back when it is gone, unless commands are still in it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
}

/** Those that would be covered, without links; each once, and none below another. */
function belowLayers(directories: readonly (string | undefined)[]): readonly string[] {
  const found = new Set<string>();
  for (const directory of directories) {
    try {
      if (directory !== undefined && directory !== "") found.add(realpathSync.native(directory));
    } catch {
      // It is not there.
    }
  }
  const covered = [...found].filter((path) => LAYERED.some((layered) => path.startsWith(`${layered}/`)));
  return covered.filter((path) => !covered.some((other) => path.startsWith(`${other}/`)));
}
