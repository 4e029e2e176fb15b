// Requests of the kernel answered from a tree: what sysfs does with lookups, opens, reads and writes. No file descriptor is touched
// here: replies and notices go to a function, so that a test can be the kernel. How: docs/fuse.md.
// What sysfs answers: docs/kernel/bus.md §1.
import { must } from "../../system/ap/assert.ts";
import { ERRNO } from "../../system/ap/errno.ts";
import type { Result } from "../../system/ap/result.ts";
import type { Attribute, Directory, Node } from "../../system/sysfs/node.ts";
import type { Written } from "../../system/sysfs/sysfs.ts";
import { ChangedStats } from "./changed-stats.ts";
import { ExtendedAttributes } from "./extended-attributes.ts";
import { appendStat, Frame, parseRequest, type Request, type RequestBytes, type Stat } from "./frames.ts";
import { FuseError, fail, fuseError } from "./fuse-error.ts";
import {
  FILE_TYPE,
  NOTIFY,
  O_ACCMODE,
  O_DIRECT,
  OP,
  OPEN_FLAG,
  POLL_DEFAULT,
  POLL_NOTIFIED,
  ROOT_ID,
} from "./fuse-protocol.ts";
import { appendInitReply } from "./init-reply.ts";
import { appendEntries } from "./listing.ts";
import { whyNotMade } from "./never-made.ts";
import { type KnownNode, NodeTable, pathOf } from "./node-table.ts";

export interface FuseBackend {
  readonly root: Directory;
  /**
   * One write to an attribute.
   *
   * @param finished called once when a write whose outcome is "waits" is done
   */
  write(path: string, bytes: string, finished: () => void): Result<Written>;
}

interface FuseOptions {
  readonly little: boolean;
  /** Owner of everything. */
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970 when the tree came up. */
  readonly time: number;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** A reply, which has to be on its way when this returns: its bytes are used again. */
  readonly reply: (frame: Buffer) => void;
  /** Takes a copy of a notice, which must not be written while a request is being answered (notice-queue.ts). */
  readonly notify: (frame: Buffer) => void;
  /** Goes on when the kernel has taken all notices that were given so far; at once if it has them. */
  readonly afterNotices: (then: () => void) => void;
  /** Go on once a process is being killed, at once if so, or never. Returns what ends the waiting for it. */
  readonly whenKilled: (pid: number, then: () => void) => () => void;
  /** A bug of ours: a handler threw. The request is answered EIO. */
  readonly onBug: (error: unknown) => void;
}

/** Names and attributes stay valid until a notice says otherwise. */
const FOREVER = 3600;
const FILE_SIZE = 4096;
const SYSFS_READ_LIMIT = 4095;
const NAME_MAX = 255;
const READABLE = 0o444;
const WRITABLE = 0o222;

/** Requests to which the kernel wants no answer. */
const UNANSWERED: ReadonlySet<number> = new Set([OP.FORGET, OP.BATCH_FORGET, OP.INTERRUPT]);

/** An open file or directory: what it shows is settled when it is read from the start. */
interface Handle {
  readonly known: KnownNode;
  text: string | undefined;
  names: readonly string[] | undefined;
}

/** A write that has no answer yet. */
interface WaitingWrite {
  readonly pid: number;
  /** Set once a signal has come for whoever waits. */
  stopWatching?: () => void;
}

export class FuseServer {
  readonly #backend: FuseBackend;
  readonly #options: FuseOptions;
  readonly nodes: NodeTable;
  readonly #outgoing: Frame;
  readonly #notice: Frame;
  readonly #changed = new ChangedStats();
  readonly #extended = new ExtendedAttributes();
  readonly #handles = new Map<number, Handle>();
  #lastHandle = 0;
  /** By the number of the request. */
  readonly #waiting = new Map<number, WaitingWrite>();

  constructor(backend: FuseBackend, options: FuseOptions) {
    this.#backend = backend;
    this.#options = options;
    this.nodes = new NodeTable(backend.root, ROOT_ID);
    this.#outgoing = new Frame(options.little);
    this.#notice = new Frame(options.little);
  }

  get openHandles(): number {
    return this.#handles.size;
  }

  /** One request, as the kernel wrote it. */
  receive(bytes: Buffer): void {
    const request = parseRequest(bytes, this.#options.little);
    if (!request) return;
    try {
      const reply = this.#answer(request);
      if (reply) this.#options.reply(reply.finish(request.unique, 0));
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #refuse({ opcode, unique }: Pick<Request, "opcode" | "unique">, error: unknown): void {
    this.#isAnsweredNow(unique);
    const errno = error instanceof FuseError ? error.errno : Number.NaN;
    const isErrno = Number.isInteger(errno) && errno >= 1 && errno <= 511;
    if (!isErrno) this.#options.onBug(error);
    if (UNANSWERED.has(opcode)) return;
    try {
      this.#options.reply(this.#frame().finish(unique, -(isErrno ? errno : ERRNO.EIO)));
    } catch (another) {
      // Not even the error can be answered: the kernel takes nothing from us any more.
      this.#options.onBug(another);
    }
  }

  /** These names may have come, gone or changed: the kernel is told to forget what is not so any more. */
  invalidate(paths: Iterable<string>): void {
    for (const kept of [this.#changed, this.#extended]) kept.forgetGone(this.#backend.root);
    for (const path of paths) {
      const known = this.nodes.at(path.endsWith("/*") ? path.slice(0, -2) : path);
      if (!known) continue;
      if (path.endsWith("/*")) for (const child of [...(known.children?.values() ?? [])]) this.#checkAgain(child);
      else this.#checkAgain(known);
    }
  }

  #checkAgain(known: KnownNode): void {
    const now = known.parent?.node.kind === "directory" ? known.parent.node.child(known.name) : undefined;
    if (now && now.kind === known.node.kind && (now.kind !== "link" || now.target === targetOf(known.node))) return;
    if (known.parent) this.#takeBack(known);
  }

  /** An object is gone, even if there is a new one of the same name. */
  remove(path: string): void {
    this.#forgetKept(path);
    const known = this.nodes.at(path);
    if (known?.parent) this.#takeBack(known);
  }

  #forgetKept(path: string): void {
    for (const kept of [this.#changed, this.#extended]) kept.forget(path);
  }

  #takeBack(known: KnownNode): void {
    this.#forgetKept(pathOf(known));
    const parent = must(known.parent);
    this.nodes.bury(known);
    const frame = this.#notice.begin().u64(parent.id).u64(known.id).u32(known.name.length).u32(0);
    this.#options.notify(frame.text(known.name).zeros(1).finish(0, NOTIFY.DELETE));
  }

  /** An empty reply. It must be filled and sent before the next one is begun. */
  #frame(): Frame {
    return this.#outgoing.begin();
  }

  #known(id: number): KnownNode {
    return this.nodes.get(id) ?? fail("ENOENT");
  }

  #alive(id: number): KnownNode {
    const known = this.#known(id);
    return known.dead ? fail("ENOENT") : known;
  }

  #handle(id: number): Handle {
    return this.#handles.get(id) ?? fail("EBADF");
  }

  /** The reply; undefined if none is due, or not yet. */
  #answer(request: Request): Frame | undefined {
    const { opcode, node, body } = request;
    switch (opcode) {
      case OP.INIT:
        return appendInitReply(this.#frame(), body);
      case OP.LOOKUP:
        return this.#lookup(this.#alive(node), body.name());
      case OP.FORGET:
        this.nodes.forget(node, body.number(0));
        return undefined;
      case OP.BATCH_FORGET:
        for (let i = 0; i < body.u32(0); i++) this.nodes.forget(body.number(8 + 16 * i), body.number(16 + 16 * i));
        return undefined;
      case OP.GETATTR:
        // What is held open has attributes even when it is gone.
        return this.#attributes(this.#known(node));
      case OP.SETATTR:
        return this.#setAttributes(this.#known(node), body);
      case OP.READLINK:
        return this.#frame().text(targetOf(this.#alive(node).node) ?? fail("EINVAL"));
      case OP.OPEN:
        return this.#open(this.#known(node), body.u32(0));
      case OP.READ:
        return this.#read(this.#handle(body.number(0)), body.number(8), body.u32(16));
      case OP.WRITE:
        return this.#write(request);
      case OP.OPENDIR:
        return this.#openDirectory(this.#known(node));
      case OP.READDIR:
        return this.#readDirectory(this.#handle(body.number(0)), body.number(8), body.u32(16));
      case OP.RELEASE:
      case OP.RELEASEDIR:
        this.#handles.delete(body.number(0));
        return this.#frame();
      case OP.STATFS:
        return this.#frame().zeros(40).u32(FILE_SIZE).u32(NAME_MAX).u32(FILE_SIZE).zeros(28);
      case OP.POLL:
        return this.#frame()
          .u32(this.#poll(this.#handle(body.number(0))))
          .u32(0);
      case OP.FLUSH:
      case OP.FSYNC:
      case OP.DESTROY:
        return this.#frame();
      case OP.FSYNCDIR:
        return fail("EINVAL");
      case OP.SETXATTR:
      case OP.GETXATTR:
      case OP.LISTXATTR:
      case OP.REMOVEXATTR: {
        const known = this.#alive(node);
        return this.#extended.answer(request, () => pathOf(known), this.#frame());
      }
      case OP.INTERRUPT:
        this.#interrupt(body.number(0));
        return undefined;
      default:
        return fail(whyNotMade(request) ?? "ENOSYS");
    }
  }

  /** An object that is gone has taken its changes with it. */
  #changedOf(known: KnownNode): ReturnType<ChangedStats["at"]> {
    return known.dead ? {} : this.#changed.at(() => pathOf(known));
  }

  #stat(known: KnownNode): Stat {
    const { id, node } = known;
    const { uid, gid, time } = this.#options;
    const changed = this.#changedOf(known);
    const mode = FILE_TYPE[node.kind] | (changed.mode ?? permissionsOf(node));
    // Links of sysfs have no size, either.
    const size = node.kind === "attribute" ? FILE_SIZE : 0;
    return { ino: id, uid, gid, time, size, nlink: node.kind === "directory" ? 2 : 1, ...changed, mode };
  }

  #lookup(parent: KnownNode, name: string): Frame {
    const node = parent.node.kind === "directory" ? parent.node.child(name) : fail("ENOTDIR");
    if (!node) return fail("ENOENT");
    const known = this.nodes.child(parent, name, node);
    const frame = this.#frame().u64(known.id).u64(0).u64(FOREVER).u64(FOREVER).u32(0).u32(0);
    return appendStat(frame, this.#stat(known));
  }

  #attributes(known: KnownNode): Frame {
    return appendStat(this.#frame().u64(FOREVER).u32(0).u32(0), this.#stat(known));
  }

  #setAttributes(known: KnownNode, body: RequestBytes): Frame {
    if (!known.dead) this.#changed.take(pathOf(known), body, this.#options.now());
    return this.#attributes(known);
  }

  #newHandle(known: KnownNode, flags: number): Frame {
    const id = ++this.#lastHandle;
    this.#handles.set(id, { known, text: undefined, names: undefined });
    return this.#frame().u64(id).u32(flags).u32(0);
  }

  /** The kernel of sysfs checks the mode even for root, which the kernel of FUSE does not. */
  #open(known: KnownNode, flags: number): Frame {
    // It was found while it was still there; sysfs answers the same.
    if (known.dead) return fail("ENODEV");
    const attribute = attributeOf(known);
    const access = flags & O_ACCMODE;
    const { mode = attribute.mode } = this.#changedOf(known);
    // A file that is opened with both bits is open for neither, only for ioctl.
    if (access % 2 === 0 && !(attribute.read && mode & READABLE)) return fail("EACCES");
    if ((access === 1 || access === 2) && !(attribute.store && mode & WRITABLE)) return fail("EACCES");
    if (flags & O_DIRECT) return fail("EINVAL");
    return this.#newHandle(known, OPEN_FLAG.DIRECT_IO | OPEN_FLAG.NOFLUSH | OPEN_FLAG.PARALLEL_DIRECT_WRITES);
  }

  #read(handle: Handle, offset: number, size: number): Frame {
    if (handle.known.dead) return fail("ENODEV");
    const attribute = attributeOf(handle.known);
    if (!attribute.read) return fail("EACCES");
    if (offset === 0 || handle.text === undefined) {
      const text = attribute.read();
      if (!text.ok) return fail(text.errno);
      handle.text = text.value.slice(0, SYSFS_READ_LIMIT);
    }
    return this.#frame().text(handle.text.slice(offset, offset + size));
  }

  /** The answer is sent when all that the write has changed can be seen: for the writer, removed names are gone at once. */
  #write(request: Request): undefined {
    const { unique, body, pid } = request;
    const { known } = this.#handle(body.number(0));
    if (known.dead) return fail("ENODEV");
    this.#waiting.set(unique, { pid });
    const answer = (written: Result<Written>): void =>
      this.#options.afterNotices(() => {
        if (!this.#isAnsweredNow(unique)) return;
        try {
          if (!written.ok) return fail(written.errno);
          this.#options.reply(this.#frame().u32(written.value.bytes).u32(0).finish(unique, 0));
        } catch (error) {
          this.#refuse(request, error);
        }
      });
    const written = this.#backend.write(pathOf(known), body.text(40, body.u32(16)), () => answer(written));
    if (!written.ok || written.value.outcome === "stored") answer(written);
  }

  /**
   * A signal has come for a process that waits; all requests but writes have been answered. A real writer would go on waiting, and end
   * when its write is done (docs/kernel/device.md §3.3). Here a process that is being killed ends at once, so that a test can be ended; its
   * write goes on without it. A process that only catches the signal waits: the kernel does not say when a second signal comes.
   */
  #interrupt(unique: number): void {
    const waiting = this.#waiting.get(unique);
    if (!waiting || waiting.stopWatching) return;
    let isGone = false;
    const stop = this.#options.whenKilled(waiting.pid, () => {
      isGone = true;
      if (this.#isAnsweredNow(unique)) this.#refuse({ opcode: OP.WRITE, unique }, fuseError("EINTR"));
    });
    if (!isGone) waiting.stopWatching = stop;
  }

  /** A write is answered once, whatever comes first. */
  #isAnsweredNow(unique: number): boolean {
    this.#waiting.get(unique)?.stopWatching?.();
    return this.#waiting.delete(unique);
  }

  /** Until it is read for the first time, a file of sysfs looks as if sysfs_notify had been called (kernfs_generic_poll). */
  #poll({ known, text }: Handle): number {
    return known.dead || text === undefined ? POLL_NOTIFIED : POLL_DEFAULT;
  }

  #openDirectory(known: KnownNode): Frame {
    if (known.node.kind !== "directory") return fail("ENOTDIR");
    return this.#newHandle(known, 0);
  }

  /** Reading the directory from the start decides its names; offset n is the n-th entry. */
  #readDirectory(handle: Handle, offset: number, size: number): Frame {
    const { known } = handle;
    if (known.node.kind !== "directory") return fail("ENOTDIR");
    if (known.dead) return fail("ENOENT");
    if (offset === 0 || !handle.names) handle.names = [".", "..", ...known.node.names()];
    return appendEntries(this.#frame(), known.node, handle.names, { offset, size });
  }
}

function permissionsOf(node: Node): number {
  if (node.kind === "attribute") return node.mode;
  return node.kind === "directory" ? 0o755 : 0o777;
}

const targetOf = (node: Node): string | undefined => (node.kind === "link" ? node.target : undefined);

function attributeOf({ node }: KnownNode): Attribute {
  if (node.kind === "attribute") return node;
  return node.kind === "directory" ? fail("EISDIR") : fail("EINVAL");
}
