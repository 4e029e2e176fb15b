// apmatrix lab up: from a description or a trace to a mounted /sys, until somebody says stop.
import { Socket } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../guards/user-error.ts";
import { beginFiles, CommandNamespace, endFiles, type LabFiles, toolRoot } from "../lab/command-namespace.ts";
import { endCommand } from "../lab/command-processes.ts";
import { serveLab } from "../lab/control.ts";
import type { FuseMount } from "../lab/fuse/fuse-mount.ts";
import { mountAt } from "../lab/fuse/mount.ts";
import { LIFELINE, mayMount, rerunInNamespace } from "../lab/fuse/privilege.ts";
import { HOST_PLACE } from "../lab/guest-places.ts";
import { GuestRooms } from "../lab/guest-rooms.ts";
import { Lab } from "../lab/lab.ts";
import { mountLab } from "../lab/lab-mount.ts";
import {
  checkName,
  describeLab,
  labDirectory,
  nameIsTaken,
  runningLab,
  runtimeDirectory,
  socketPath,
  takeName,
} from "../lab/runtime.ts";
import { startTimer } from "../lab/timer.ts";
import { sendUevents, type UeventSender } from "../lab/uevent-sender.ts";
import { labPageSource } from "../page/server/lab-page-source.ts";
import { type PageServer, servePage } from "../page/server/page-server.ts";
import type { WebAddress } from "../page/server/web-address.ts";
import type { Operation } from "../system/trace/operation.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { chooseFormat, chooseProfile } from "./choices.ts";
import { describedHost } from "./described-host.ts";
import { checkOwnPlaces, freeMountPoint, takeMountPoint } from "./mount-point.ts";
import { EXIT } from "./outcome.ts";
import { goesOn, readPlayable } from "./play-files.ts";
import { complain, complainOf, whenOutputIsLost } from "./terminal.ts";
import { type WebOptions, warnIfOpen, webAddress } from "./web-options.ts";

export interface LabUpOptions extends WebOptions {
  readonly mount?: string;
  readonly name: string;
  readonly journal?: string;
  readonly profile: string;
  readonly replay?: string;
  readonly uevents?: boolean;
  /** Every guest has a Linux of its own. */
  readonly guests?: boolean;
  readonly timer: boolean;
  readonly transport: string;
  /** What it begins with, in place of a description or trace. */
  readonly beginning?: readonly Operation[];
  /** Nothing is said when it is up. */
  readonly isQuiet?: boolean;
}

/** Milliseconds. */
const LOOK_AGAIN = 1000;

/** Set in the namespace of an ordinary user's lab. */
const PRIVATE = "APMATRIX_PRIVATE";
export const isPrivate = process.env[PRIVATE] !== undefined;

/** Where a lab can be found. */
export interface LabPlaces {
  /** Where its /sys is mounted. */
  readonly mount: string | undefined;
  /** Address of its page. */
  readonly page: string | undefined;
}

/** @param ready called once the first read can succeed */
export async function labUp(
  hostFile: string | undefined,
  options: LabUpOptions,
  ready?: (places: LabPlaces) => void,
): Promise<number> {
  const name = checkName(options.name);
  const other = runningLab(name);
  if (other) throw nameIsTaken(name, other);
  const profile = chooseProfile(options.profile);
  const address = webAddress(options);
  const transport = chooseFormat(options.transport, ["epoll", "relay"] as const);
  const { operations: beginning, labels } =
    options.beginning === undefined
      ? whereToBegin(hostFile, options.replay, profile)
      : { operations: options.beginning, labels: new Map<string, string>() };
  const files = filesOf(name, options);
  const directory = options.mount === undefined ? undefined : await freeMountPoint(options.mount);
  if (directory !== undefined) checkOwnPlaces(directory, [files.directory, runtimeDirectory()]);
  if (directory !== undefined && !isPrivate && !mayMount()) {
    return await rerunInNamespace({ [PRIVATE]: "1", APMATRIX_RUN: runtimeDirectory() });
  }
  const giveNameBack = await takeName(name);
  let giveMountBack: (() => void) | undefined;
  try {
    if (directory !== undefined) giveMountBack = takeMountPoint(directory);
    const lab = new Lab({
      name,
      profile,
      beginning: options.guests ? withLinuxInGuests(beginning) : beginning,
      labels,
      journal: options.journal,
    });
    return await serveUntilStopped(lab, { ...options, address, transport, directory, files, ready });
  } finally {
    giveMountBack?.();
    giveNameBack();
  }
}

/** Each guest as usual that a description says nothing else of. */
const withLinuxInGuests = ([init, ...others]: readonly Operation[]): readonly Operation[] =>
  init?.op === "init" ? [{ ...init, guests: init.guests ?? new Map() }, ...others] : [];

interface Serving extends Pick<LabUpOptions, "uevents" | "timer" | "allowHost" | "webOpen" | "isQuiet"> {
  readonly address: WebAddress | undefined;
  readonly transport: "epoll" | "relay";
  /** Where it is mounted. */
  readonly directory: string | undefined;
  readonly files: LabFiles;
  readonly ready: ((places: LabPlaces) => void) | undefined;
}

/** What tools write in a lab lasts as long as the lab does, or its journal. */
function filesOf(name: string, { journal }: LabUpOptions): LabFiles {
  return journal === undefined
    ? { directory: labDirectory(name), isKept: false }
    : { directory: join(resolve(journal), "files"), isKept: true };
}

async function serveUntilStopped(lab: Lab, { directory, files, ready, ...options }: Serving): Promise<number> {
  const { name } = lab;
  const { address, transport } = options;
  if (!options.isQuiet) sayRestored(lab);
  const stop = stopSignal();
  whenOutputIsLost(stop.now);
  let exitCode: number = EXIT.ok;
  lab.listen({
    failed(why) {
      complainOf(why);
      exitCode = EXIT.error;
      stop.now();
    },
  });
  beginFiles(files);
  const { commands, roomsIn } = placesForCommands(lab, directory, files);
  let rooms: GuestRooms | undefined;
  let mount: FuseMount | undefined;
  const afterNotices = (then: () => void) => (mount ? mount.afterNotices(then) : then());
  let page: PageServer | undefined;
  const namespace = () => commands?.enter();
  const link = () => page?.link();
  const onOrphan = (pid: number): void => void endOrphan(pid, commands, rooms).catch(onBug);
  const server = await serveLab(lab, socketPath(name), {
    onDown: stop.now,
    onOrphan,
    afterNotices,
    link,
    namespace,
    rooms: () => rooms,
  });
  let uevents: UeventSender | undefined;
  let watch: NodeJS.Timeout | undefined;
  const timer = options.timer ? startTimer(lab, onBug) : undefined;
  try {
    mount = directory === undefined ? undefined : await mountLab(lab, directory, { transport, onBug });
    rooms = mount && roomsIn(mount);
    uevents = options.uevents ? await sendUevents(lab, mount) : undefined;
    void mount?.ended.then(stop.now);
    // What commands see keeps the file system, even if somebody unmounts it.
    watch = setInterval(() => {
      if (directory !== undefined && commands?.isThere && !mountAt(directory)) stop.now();
    }, LOOK_AGAIN);
    page = address && (await pageOf(lab, address, options, afterNotices));
    describeLab({
      name,
      pid: process.pid,
      profile: lab.profile.name,
      mount: directory,
      page: page?.url,
      root: toolRoot(files),
      network: uevents?.pid,
      isPrivate,
    });
    const shown = link();
    if (!options.isQuiet) sayReady(name, directory, shown);
    ready?.({ mount: directory, page: shown });
    await stop.said;
  } finally {
    timer?.stop();
    uevents?.stop();
    page?.close();
    clearInterval(watch);
    await rooms?.stop();
    await commands?.stop();
    await mount?.unmount();
    server.close();
    lab.close();
    endFiles(files);
  }
  return exitCode;
}

async function pageOf(
  lab: Lab,
  address: WebAddress,
  options: Pick<Serving, "allowHost" | "webOpen">,
  afterNotices: (then: () => void) => void,
): Promise<PageServer> {
  const source = labPageSource({ lab, afterNotices });
  const { allowHost: allowedHosts, webOpen } = options;
  const page = await servePage({ source, address, allowedHosts, isOpen: webOpen === true, onBug });
  warnIfOpen(address, options, source.info.canAct);
  return page;
}

/** Where commands run that see the lab: on the host, and in its guests where those have a Linux. */
function placesForCommands(lab: Lab, directory: string | undefined, files: LabFiles) {
  if (directory === undefined) return { commands: undefined, roomsIn: () => undefined };
  const options = { files, through: [runtimeDirectory(), homedir(), tmpdir()], complain };
  const sys = lab.hasInside ? join(directory, HOST_PLACE) : directory;
  return {
    commands: new CommandNamespace({ mount: directory, sys, ...options }),
    roomsIn: (mount: FuseMount) => (lab.hasInside ? new GuestRooms(lab, { mount, directory }, options) : undefined),
  };
}

/** A command whose lab exec was killed ends, with all that it has started. */
async function endOrphan(
  pid: number,
  commands: CommandNamespace | undefined,
  rooms: GuestRooms | undefined,
): Promise<void> {
  // While the lab ends, its namespaces may be gone, in which commands of others are, too: then only the descendants are ended.
  const holders = [...(commands ? [commands.pid ?? pid] : []), ...(rooms ? (rooms.holders ?? [pid]) : [])];
  await endCommand(pid, [process.pid, ...holders]);
}

function sayReady(name: string, directory: string | undefined, link: string | undefined): void {
  if (isPrivate) {
    const help = '"apmatrix lab exec -- COMMAND" runs a command that does, too';
    complain(`only the lab sees this mount; ${help}`);
  }
  if (link !== undefined) console.log(`lab ${name} page: ${link}`);
  console.log(`lab ${name} ready: ${directory ?? "not mounted"}`);
}

function sayRestored({ name, restored }: Lab): void {
  if (!restored) return;
  const torn = restored.cut > 0 ? `; a torn last line of ${restored.cut} bytes was cut off` : "";
  console.log(`lab ${name} goes on after ${restored.operations} operations of its journal${torn}`);
}

/** Prints a bug of ours; the client gets EIO. Why a lab has failed is printed once, elsewhere. */
function onBug(error: unknown): void {
  if (!(error instanceof UserError)) complainOf(error);
}

interface Beginning {
  readonly operations: readonly Operation[];
  /** Names that people gave to mdevs, by UUID. */
  readonly labels: ReadonlyMap<string, string>;
}

function whereToBegin(hostFile: string | undefined, replay: string | undefined, kernel: Profile): Beginning {
  const host = hostFile === undefined ? undefined : describedHost(hostFile, kernel);
  if (replay === undefined) {
    if (host) return host;
    throw new UserError("name a host description, such as hosts/kernel-doc.yaml, or --replay TRACE");
  }
  const readable = readPlayable(replay, host ? "any" : "init");
  if (readable.kind !== "trace") throw new UserError(`${replay}: a trace is needed to replay, not a scenario`);
  // A lab is a machine with the host's real drivers, whatever the trace was recorded with.
  const operations = readable.trace.lines.map(({ operation }) =>
    operation.op === "init" ? { ...operation, hostDrivers: "zcrypt" as const } : operation,
  );
  if (host && !goesOn(readable.trace))
    throw new UserError(`${replay}: brings its own host; name a host description or --replay, not both`);
  if (!host && operations.length === 0) throw new UserError(`${replay}: has no operation; it must begin with init`);
  return {
    operations: [...(host?.operations ?? []), ...operations],
    labels: new Map([...(host?.labels ?? []), ...readable.trace.labels]),
  };
}

/** A promise that resolves at the first SIGTERM or SIGINT, or when told, or when the process outside our namespace is gone. */
function stopSignal(): { readonly said: Promise<void>; readonly now: () => void } {
  let now = (): void => {};
  const said = new Promise<void>((resolve) => {
    now = resolve;
  });
  process.on("SIGTERM", now);
  process.on("SIGINT", now);
  if (isPrivate) new Socket({ fd: LIFELINE }).on("close", now).on("error", now).resume().unref();
  return { said, now };
}
