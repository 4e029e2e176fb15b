// A mounted tree: device, transport and server together, with replies and notices written in an order that cannot deadlock.

import { closeSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { codeOf } from "../../guards/user-error.ts";
import { type FuseBackend, FuseServer } from "./fuse-server.ts";
import { whenKilled } from "./killed-waiter.ts";
import { mountFuse } from "./mount.ts";
import { NoticeQueue } from "./notice-queue.ts";
import { openTransport, type Transport } from "./transport.ts";

export interface FuseMount {
  readonly server: FuseServer;
  readonly transport: Transport["kind"];
  /** Resolves when the file system has been unmounted, by us or by somebody else. */
  readonly ended: Promise<void>;
  /** Goes on when the kernel has forgotten all names that are gone now, and the stage of before() is done; at once if so. */
  afterNotices(then: () => void): void;
  /** Adds what must be done after the notices and before anybody is answered. Returns what takes it away again. */
  before(stage: Stage): () => void;
  /** Processes that wait for an answer get an error. */
  unmount(): Promise<void>;
}

/** Does something, and then goes on. */
type Stage = (then: () => void) => void;

export interface FuseMountOptions {
  readonly transport?: Transport["kind"];
  readonly onBug: (error: unknown) => void;
}

const secondsNow = (): number => Math.floor(Date.now() / 1000);

/** @throws MountError */
export async function mountTree(
  backend: FuseBackend,
  directory: string,
  options: FuseMountOptions,
): Promise<FuseMount> {
  const mounted = await mountFuse(directory);
  const { fd } = mounted;
  const notices = new NoticeQueue(fd);
  const stages = new Set<Stage>();
  const afterNotices = (then: () => void) =>
    notices.after(() => [...stages].reduceRight<() => void>((rest, stage) => () => stage(rest), then)());
  const before = (stage: Stage) => {
    stages.add(stage);
    return () => void stages.delete(stage);
  };
  const server = new FuseServer(backend, {
    little: endianness() === "LE",
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    time: secondsNow(),
    now: secondsNow,
    reply: (frame) => writeReply(fd, frame),
    notify: (frame) => notices.add(frame),
    afterNotices,
    whenKilled,
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
  const unmount = async (): Promise<void> => {
    await mounted.unmount();
    // A busy mount was only detached: without its server it ends for those who still use it.
    transport.close();
  };
  return { server, transport: transport.kind, ended, afterNotices, before, unmount };
}

/** Nobody waits for the answer to a request that was given up meanwhile, or to one of a mount that is gone. */
function writeReply(fd: number, frame: Buffer): void {
  try {
    writeSync(fd, frame);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOENT" && code !== "ENODEV" && code !== "EBADF") throw error;
  }
}
