// Talking to a running lab through its socket: each line there is a JSON object, and so is each answer.

import { rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { boundedLines } from "../guards/bounded-lines.ts";
import { messageOf, reasonOf, UserError } from "../guards/user-error.ts";
import { LONGEST_OPERATION } from "../system/ap/limits.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { Operation } from "../system/trace/operation.ts";
import { readOperation } from "../system/trace/parse-operation.ts";
import type { Player } from "../system/trace/player.ts";
import { parseLine } from "../system/trace/trace-file.ts";
import { followLab } from "./follow.ts";
import { type GuestRooms, noGuest } from "./guest-rooms.ts";
import type { Lab } from "./lab.ts";

/** A line to a lab is an operation, or one of these. */
export const DOWN = "down";
/** Answered with the lab's trace so far and each later line; nothing more can be asked on this connection. */
export const FOLLOW = "follow";
/** Answered with a link to the lab's page, good once. */
export const PAGE = "page";
/** Answered with a process in the namespace of the lab's commands; about a guest, of the guest's. */
export const NAMESPACE = "namespace";
/** About a guest: answered with a process in the network namespace where the guest's uevents are. */
export const NETWORK = "network";
/** Answered with how many lines the trace has by now, the header among them. */
export const LINES = "lines";

/** Answered with the UUIDs of all mdevs, also of those whose removal waits; about a guest, of those in the guest. */
export const MDEVS = "mdevs";

/** A request about the inside of a guest. Its path follows as JSON: blanks at its ends belong to it. @param guest undefined: the host */
export const askedOf = (guest: string | undefined, request: string): string =>
  guest === undefined ? request : `${request} ${JSON.stringify(guest)}`;

/** The guest that a request of this kind is about; undefined: it is another request. */
function guestOf(request: string, kind: string): string | undefined {
  if (!request.startsWith(`${kind} "`)) return undefined;
  try {
    return JSON.parse(request.slice(kind.length + 1));
  } catch {
    return undefined;
  }
}

/** Answered at once, with the number of a process after it: a command that is ended if this connection is closed without `release`. */
export const GUARD = "guard";
export const RELEASE = "release";

/** Bytes of answers that may wait for one client; more end its connection. */
const LARGEST_BACKLOG = 1 << 24;

/** Longest path of a socket; a longer one would be cut silently. */
const LONGEST_PATH = 107;

/** Milliseconds that a client has to take its last answer when the lab ends. */
const LAST_ANSWER = 1000;

export interface ControlServer {
  /** Stop listening. */
  close(): void;
}

interface ControlEvents {
  /** Somebody wants the lab to end. */
  readonly onDown: () => void;
  /** Goes on once everybody sees what has changed: only then is an operation answered. */
  readonly afterNotices: (then: () => void) => void;
  /** A process in the namespace of the lab's commands; undefined: there is none, because the lab is not mounted. */
  readonly namespace?: () => Promise<number> | undefined;
  /** The same for guests that have a Linux of their own. */
  readonly rooms?: () => GuestRooms | undefined;
  /** Whoever started a command in the lab's namespace is gone, and has not waited for its end. */
  readonly onOrphan?: (pid: number) => void;
  /** One more link to the page; undefined: there is no page. */
  readonly link?: () => string | undefined;
}

/**
 * Let others drive the lab.
 *
 * @throws UserError the socket cannot be made, or another lab answers there
 */
export async function serveLab(lab: Lab, path: string, events: ControlEvents): Promise<ControlServer> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new UserError(`${path} is too long for a socket; set APMATRIX_RUN to a directory with a shorter name`);
  }
  // The socket of a lab that was killed would be in the way.
  if (!(await answers(path))) rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(lab, socket, events);
  });
  return await new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const why = reasonOf(error) === "EADDRINUSE" ? "another lab of this name has it" : reasonOf(error);
      reject(new UserError(`the lab's socket ${path} cannot be made: ${why}`));
    });
    server.listen(path, () => resolve({ close: () => closeAll(server, sockets) }));
  });
}

/** Connected clients would keep the lab's process alive. Those that have not taken their last answer get a moment for it. */
function closeAll(server: Server, sockets: ReadonlySet<Socket>): void {
  server.close();
  for (const socket of sockets) {
    socket.destroySoon();
    setTimeout(() => socket.destroy(), LAST_ANSWER).unref();
  }
}

/** Whether somebody listens at a socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function serveConnection(
  lab: Lab,
  socket: Socket,
  { onDown, onOrphan, afterNotices, link, namespace, rooms }: ControlEvents,
): void {
  // A client that goes away is nothing to the lab.
  socket.on("error", () => socket.destroy());
  let isFollowing = false;
  let guarded: number | undefined;
  socket.on("close", () => {
    if (guarded !== undefined) onOrphan?.(guarded);
  });
  const answer = (reply: object, then = (): void => undefined): void =>
    afterNotices(() => {
      socket.write(`${JSON.stringify(reply)}\n`);
      // The client asks on and on and takes no answer.
      if (socket.writableLength > LARGEST_BACKLOG) socket.destroy();
      then();
    });
  const answerLater = (made: Promise<object>): void =>
    void made.then((told) => answer({ r: 0, ...told })).catch((error) => answer({ error: messageOf(error) }));
  boundedLines(socket, LONGEST_OPERATION, {
    line(line) {
      const request = line.trim();
      if (isFollowing) return;
      const [entered, heard, listed] = [NAMESPACE, NETWORK, MDEVS].map((kind) => guestOf(request, kind));
      if (request === FOLLOW) {
        isFollowing = true;
        followLab(lab, socket);
      } else if (request === DOWN) answer({ r: 0 }, onDown);
      else if (request === PAGE) answer({ link: link?.() ?? null });
      else if (request === NAMESPACE) {
        answerLater((namespace?.() ?? Promise.reject(NOT_MOUNTED)).then((pid) => ({ pid })));
      } else if (entered !== undefined) {
        answerLater(inRooms(lab, rooms?.(), entered, (made) => made.enter(entered)));
      } else if (heard !== undefined) {
        answerLater(inRooms(lab, rooms?.(), heard, async (made) => ({ pid: await made.network(heard) })));
      } else if (request === RELEASE) {
        guarded = undefined;
        answer({ r: 0 });
      } else if (/^guard \d+$/.test(request)) {
        guarded = Number(request.slice(GUARD.length + 1));
        answer({ r: 0 });
      } else if (request === MDEVS) answer(mdevsOf(lab.player));
      else if (listed !== undefined) {
        const player = lab.player.guestPlayer(listed);
        answer(player ? mdevsOf(player) : { error: noGuest(lab, listed) });
      } else answer(request === LINES ? countLines(lab) : answerLine(lab, line));
    },
    excess: () =>
      isFollowing
        ? socket.destroy()
        : answer({ error: `an operation has at most ${LONGEST_OPERATION} bytes` }, () => socket.destroySoon()),
  });
}

const NOT_MOUNTED = new UserError("the lab is not mounted");

async function inRooms<T>(
  lab: Lab,
  rooms: GuestRooms | undefined,
  path: string,
  ask: (rooms: GuestRooms) => Promise<T>,
): Promise<T> {
  if (!lab.player.guestPlayer(path)) throw new UserError(noGuest(lab, path));
  if (!rooms) throw NOT_MOUNTED;
  return await ask(rooms);
}

const mdevsOf = ({ host }: Player): object => ({ r: 0, mdevs: host.state.listedMdevs().map(mdevName) });

function countLines({ recording: { lines, isLost } }: Lab): object {
  return isLost ? { error: "the history of the lab is lost: there was no room for it" } : { r: 0, lines };
}

/** The answer to an operation, or what is wrong with the line. No line can end the lab. */
export function answerLine(lab: Lab, line: string): object {
  try {
    const parsed = parseLine(line, 1, readOperation);
    if (!parsed.ok) return { error: `column ${parsed.error.column}: expected ${parsed.error.expected}` };
    const operation: Operation = parsed.value;
    if (operation.op === "init") return { error: "a running lab has booted already" };
    if (operation.in !== undefined && !lab.player.guestPlayer(operation.in))
      return { error: noGuest(lab, operation.in) };
    return lab.apply(operation);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Milliseconds in which a lab answers, however busy it is. */
export const ANSWER_TIME = 10_000;
const SILENT =
  'the lab does not answer: was its process stopped? "apmatrix lab list" shows its number, kill -CONT lets it go on';

/** A connection to a running lab: lines are answered in order. */
export class LabClient {
  readonly #socket: Socket;
  readonly #replies: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** @throws UserError */
  static connect(path: string): Promise<LabClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      socket.once("error", (error) => reject(new UserError(`the lab does not answer at ${path}: ${reasonOf(error)}`)));
      socket.once("connect", () => resolve(new LabClient(socket)));
    });
  }

  /**
   * @param patience milliseconds; a lab whose process was stopped accepts everything and answers nothing
   * @throws UserError the lab is gone, or does not answer
   */
  async ask(line: string, patience?: number): Promise<string> {
    this.#socket.write(`${line}\n`);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      if (patience !== undefined) timer = setTimeout(() => reject(new UserError(SILENT)), patience);
    });
    const { value, done } = await Promise.race([this.#replies.next(), silence]).finally(() => clearTimeout(timer));
    if (done) throw new UserError("the lab went away before it answered");
    return value;
  }

  /** What was written is still sent, but does not keep the process alive. */
  close(): void {
    this.#socket.end();
    this.#socket.unref();
  }
}
