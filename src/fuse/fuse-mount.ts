// A tree, mounted: device, transport and server put together, with replies and notices written in the order that does not deadlock.
import { closeSync, write, writeSync } from "node:fs";
import { endianness } from "node:os";
import { type FuseBackend, FuseServer } from "./fuse-server.ts";
import { mountFuse } from "./mount.ts";
import { openTransport, type Transport } from "./transport.ts";

export interface FuseMount {
  readonly server: FuseServer;
  readonly transport: Transport["kind"];
  /** Resolves when the file system has been unmounted, by us or by somebody else. */
  readonly ended: Promise<void>;
  unmount(): Promise<void>;
}

export interface FuseMountOptions {
  readonly transport?: Transport["kind"];
  readonly onBug: (error: unknown) => void;
}

export async function mountTree(
  backend: FuseBackend,
  directory: string,
  options: FuseMountOptions,
): Promise<FuseMount> {
  const mounted = await mountFuse(directory);
  const { fd } = mounted;
  const notices = new NoticeQueue(fd);
  const server = new FuseServer(backend, {
    little: endianness() === "LE",
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    time: BigInt(Math.floor(Date.now() / 1000)),
    reply: (frame) => writeReply(fd, frame),
    notify: (frame) => notices.add(frame),
    onBug: options.onBug,
  });
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const transport = openTransport(
    fd,
    {
      onRequest: (frame) => server.receive(frame),
      onEnd: () => {
        notices.stop();
        end();
      },
    },
    options.transport,
  );
  if (transport.kind === "relay") void ended.then(() => closeSync(fd));
  return { server, transport: transport.kind, ended, unmount: () => mounted.unmount() };
}

/** A request that was given up meanwhile has nobody to answer to; neither has one of a mount that is gone. */
function writeReply(fd: number, frame: Buffer): void {
  try {
    writeSync(fd, frame);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENODEV" && code !== "EBADF") throw error;
  }
}

/**
 * Notices are written one after the other by a thread of their own: the kernel takes one only when the directory it is about is
 * not locked by a lookup, which may be waiting for an answer of ours.
 */
class NoticeQueue {
  readonly #fd: number;
  #frames: Buffer[] = [];
  #writing = false;
  #stopped = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  add(frame: Buffer): void {
    this.#frames.push(Buffer.from(frame));
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    this.#frames = [];
  }

  #next(): void {
    if (this.#writing || this.#stopped) return;
    const frame = this.#frames.shift();
    if (!frame) return;
    this.#writing = true;
    // What the kernel has forgotten already (ENOENT) needs no notice.
    write(this.#fd, frame, () => {
      this.#writing = false;
      this.#next();
    });
  }
}
