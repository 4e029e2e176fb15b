// The thread that serves a mirror of a lab: it talks to the lab while the thread that asks it sleeps, so that reading and writing a lab's
// /sys are calls that return when they are done, as for a mounted one.

import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../guards/user-error.ts";
import type { BridgeData, BridgeReply, BridgeRequest } from "./bridge.ts";
import { FOLLOW, LabClient, LINES } from "./control.ts";

const { socket: path, port, signal }: BridgeData = workerData;
const counter = new Int32Array(signal);

/** Lines of the trace that have come but have not been passed on, and how many have come in all. */
let lines: string[] = [];
let count = 0;
/** What goes on when this many lines have come. */
let awaited: { readonly count: number; readonly goOn: () => void } | undefined;
let gone: string | undefined;
let isTold = true;

function follow(): void {
  const socket = createConnection(path);
  const end = (why: string): void => {
    gone ??= why;
    awaited?.goOn();
    parentPort?.postMessage("gone");
  };
  socket.on("error", (error) => end(error.message));
  socket.on("close", () => end("it went away"));
  socket.write(`${FOLLOW}\n`);
  const reader = createInterface({ input: socket });
  reader.on("line", (line) => {
    lines.push(line);
    count++;
    if (awaited && count >= awaited.count) awaited.goOn();
    // One message for all that comes until somebody looks.
    if (isTold && !awaited) {
      isTold = false;
      parentPort?.postMessage("news");
    }
  });
}

const client = LabClient.connect(path);
// A failure is reported when somebody asks.
client.catch(() => undefined);
follow();

async function answer({ line }: BridgeRequest): Promise<BridgeReply> {
  try {
    const lab = await client;
    const reply = line === undefined ? undefined : await lab.ask(line);
    const { lines: written, error } = JSON.parse(await lab.ask(LINES)) as { lines?: number; error?: string };
    if (error !== undefined) return { gone: error };
    await arrived(written ?? 0);
    if (gone !== undefined) return { gone };
    const told = lines;
    lines = [];
    isTold = true;
    return { answer: reply, lines: told };
  } catch (error) {
    return { gone: messageOf(error) };
  }
}

function arrived(written: number): Promise<void> {
  if (count >= written || gone !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    awaited = {
      count: written,
      goOn: () => {
        awaited = undefined;
        resolve();
      },
    };
  });
}

port.on("message", (request: BridgeRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
    Atomics.add(counter, 0, 1);
    Atomics.notify(counter, 0);
  });
});
