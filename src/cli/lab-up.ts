// apmatrix lab up: from a description or a trace to a mounted /sys, until somebody says stop.
import { mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { mountAt, MOUNT_SOURCE, unmount } from "../fuse/mount.ts";
import type { FuseMount } from "../fuse/fuse-mount.ts";
import { serveLab } from "../lab/control.ts";
import { Lab } from "../lab/lab.ts";
import { LabError } from "../lab/lab-error.ts";
import { mountLab } from "../lab/lab-mount.ts";
import { checkName, describeLab, forgetLab, labDirectory, runningLab, runningLabs, socketPath } from "../lab/runtime.ts";
import { startTimer } from "../lab/timer.ts";
import { sendUevents, type UeventSender } from "../lab/uevent-sender.ts";
import type { Operation } from "../trace/operation.ts";
import { chooseFormat, chooseProfile } from "./choices.ts";
import { describedHost } from "./described-host.ts";
import { readPlayable } from "./play-files.ts";
import { EXIT, UserError } from "./user-error.ts";

export interface LabUpOptions {
  readonly mount?: string;
  readonly name: string;
  readonly journal?: string;
  readonly profile: string;
  readonly replay?: string;
  readonly uevents?: boolean;
  readonly timer: boolean;
  readonly transport: string;
}

export async function labUp(hostFile: string | undefined, options: LabUpOptions): Promise<number> {
  const name = checkName(options.name);
  const other = runningLab(name);
  if (other) throw new LabError(`a lab "${name}" is running already (process ${other.pid}); choose another --name, or "apmatrix lab down --name ${name}"`);
  const profile = chooseProfile(options.profile);
  const transport = chooseFormat(options.transport, ["epoll", "relay"] as const);
  const directory = options.mount === undefined ? undefined : await freeMountPoint(options.mount);
  const beginning = whereToBegin(hostFile, options.replay);
  const lab = new Lab({ name, profile, beginning, journal: options.journal });
  if (lab.restored) {
    const { operations, cut } = lab.restored;
    const torn = cut > 0 ? `; a torn last line of ${cut} bytes was cut off` : "";
    console.log(`lab ${name} goes on after ${operations} operations of its journal${torn}`);
  }

  const stop = stopSignal();
  mkdirSync(labDirectory(name), { recursive: true });
  const server = await serveLab(lab, socketPath(name), stop.now);
  let uevents: UeventSender | undefined;
  let mount: FuseMount | undefined;
  const timer = options.timer ? startTimer(lab) : undefined;
  try {
    uevents = options.uevents ? await sendUevents(lab) : undefined;
    mount = directory === undefined ? undefined : await mountLab(lab, directory, { transport, onBug });
    void mount?.ended.then(stop.now);
    describeLab({ name, pid: process.pid, profile: profile.name, mount: directory, network: uevents?.pid, isPrivate: false });
    console.log(`lab ${name} ready: ${directory ?? "not mounted"}`);
    await stop.said;
  } finally {
    timer?.stop();
    uevents?.stop();
    await mount?.unmount();
    server.close();
    lab.close();
    forgetLab(name);
  }
  return EXIT.ok;
}

/** A bug of ours: it is told, and the client gets EIO. */
function onBug(error: unknown): void {
  console.error(error);
}

function whereToBegin(hostFile: string | undefined, replay: string | undefined): readonly Operation[] {
  if (hostFile !== undefined && replay !== undefined) throw new UserError("name a host description or --replay, not both");
  if (hostFile !== undefined) return describedHost(hostFile).operations;
  if (replay === undefined) throw new UserError("name a host description, such as hosts/kernel-doc.yaml, or --replay TRACE");
  const readable = readPlayable(replay);
  if (readable.kind !== "trace") throw new UserError(`${replay}: a trace is needed to replay, not a scenario`);
  const [first] = readable.trace.lines;
  if (!first) throw new UserError(`${replay}: has no operation; it must begin with init`);
  return readable.trace.lines.map(({ operation }) => operation);
}

/**
 * The mount point as the kernel calls it. What is left of a lab that died is unmounted first.
 *
 * @throws LabError not there, no directory, not empty, something else is mounted
 */
async function freeMountPoint(path: string): Promise<string> {
  let directory: string;
  try {
    directory = realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOTCONN") throw new LabError(`mount point ${path} is not there; "mkdir -p ${path}" makes it`);
    directory = path;
  }
  const mounted = mountAt(directory);
  if (mounted?.source === MOUNT_SOURCE) {
    const owner = runningLabs().find(({ mount }) => mount === directory);
    if (owner) throw new LabError(`lab "${owner.name}" is mounted at ${directory}; "apmatrix lab down --name ${owner.name}" stops it`);
    console.error(`apmatrix: unmounting what a lab that died has left at ${directory}`);
    await unmount(directory);
  } else if (mounted) {
    throw new LabError(`${mounted.type} is mounted at ${directory}; choose another directory`);
  }
  if (!statSync(directory).isDirectory()) throw new LabError(`mount point ${path} is no directory`);
  if (readdirSync(directory).length > 0) throw new LabError(`mount point ${path} is not empty; choose an empty directory`);
  return directory;
}

/** A promise that resolves at the first SIGTERM or SIGINT, or when told. */
function stopSignal(): { readonly said: Promise<void>; readonly now: () => void } {
  let now = (): void => {};
  const said = new Promise<void>((resolve) => {
    now = resolve;
  });
  process.on("SIGTERM", now);
  process.on("SIGINT", now);
  return { said, now };
}
