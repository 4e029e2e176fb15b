// Reading requests from /dev/fuse without blocking Node, in one of two ways: libuv's event loop through a pipe handle (quick, but through a
// deprecated interface of Node), or a child process dd that copies the device to a pipe (only public interfaces, half as quick).
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { REQUEST_BUFFER } from "./fuse-protocol.ts";

export interface Transport {
  readonly kind: "epoll" | "relay";
  /** Stop reading. */
  close(): void;
}

interface TransportEvents {
  /** One whole request. */
  readonly onRequest: (frame: Buffer) => void;
  /** The file system has been unmounted, or aborted. */
  readonly onEnd: () => void;
}

interface PipeHandle {
  open(fd: number): void;
  close(): void;
}
type PipeConstructor = { new (kind: number): PipeHandle; readonly constants?: unknown };
interface PipeBinding {
  readonly Pipe: PipeConstructor;
  readonly constants: { readonly SOCKET: number };
}

/** Node's own pipe handles; undefined where Node does not give them. */
function pipeBinding(): PipeBinding | undefined {
  try {
    const { binding } = process as unknown as { binding: (name: string) => PipeBinding };
    return binding.call(process, "pipe_wrap");
  } catch {
    return undefined;
  }
}

/** Take requests from the device; one read gives exactly one. The device must be mounted already, and non-blocking. */
export function openTransport(fd: number, events: TransportEvents, prefer: Transport["kind"] = "epoll"): Transport {
  const binding = prefer === "epoll" ? pipeBinding() : undefined;
  return binding ? epollTransport(binding, fd, events) : relayTransport(fd, events);
}

function epollTransport(
  { Pipe, constants }: PipeBinding,
  fd: number,
  { onRequest, onEnd }: TransportEvents,
): Transport {
  const handle = new Pipe(constants.SOCKET);
  handle.open(fd);
  const buffer = Buffer.alloc(REQUEST_BUFFER);
  const options = {
    handle,
    readable: true,
    writable: false,
    onread: {
      buffer,
      callback: (length: number): boolean => {
        // The server keeps nothing of a frame after its answer, so the buffer can be used again.
        onRequest(buffer.subarray(0, length));
        return true;
      },
    },
  };
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
  const end = once(onEnd);
  // ENODEV says that the file system is gone; every other error ends the session as well.
  socket.on("error", end);
  socket.on("close", end);
  socket.resume();
  return { kind: "epoll", close: () => socket.destroy() };
}

function relayTransport(fd: number, { onRequest, onEnd }: TransportEvents): Transport {
  const relay: ChildProcess = spawn("dd", [`bs=${REQUEST_BUFFER}`, "status=none"], { stdio: [fd, "pipe", "ignore"] });
  let pending: Buffer = Buffer.alloc(0);
  relay.stdout?.on("data", (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let length = frameLength(pending); length !== undefined; length = frameLength(pending)) {
      onRequest(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
  });
  const end = once(onEnd);
  relay.on("error", end);
  relay.on("close", end);
  return { kind: "relay", close: () => relay.kill("SIGKILL") };
}

/** The length of the first frame in the bytes, if all of it is there. Frames are in the byte order of the machine. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  const [length] = new Uint32Array(Uint8Array.prototype.slice.call(bytes, 0, 4).buffer);
  return length !== undefined && length <= bytes.length ? length : undefined;
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
