// A running lab, seen from another process: its trace is followed and replayed here, so that all is known that the lab knows of itself,
// such as the names of guests and how resets ended. Writes go to the lab. It also works for labs that are not mounted.

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { passGate } from "../guards/signals.ts";
import { UserError } from "../guards/user-error.ts";
import { done } from "../system/ap/result.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Answer } from "../system/trace/answer.ts";
import { isAsRecorded } from "../system/trace/compare.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import { readOperation } from "../system/trace/parse-operation.ts";
import { Player } from "../system/trace/player.ts";
import { parseLine, parseTrace } from "../system/trace/trace-file.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { profileNamed, TRACE_PROFILE } from "../system/vfio-ap/profiles.ts";
import type { BridgeData, BridgeReply, BridgeRequest } from "./bridge.ts";
import { writtenAs } from "./written-as.ts";

/** How old a reading may be, in milliseconds: thousands of files are read one after the other. */
const FRESH = 1;
/** Milliseconds that a lab may take to answer. */
const PATIENCE = 60_000;

export class LabMirror {
  readonly profile: Profile;
  /** How many answers differ from the lab's, because its version differs. */
  readonly others: number;
  readonly sysfs: Sysfs;
  /** Names that people gave to mdevs, by UUID. */
  readonly labels: ReadonlyMap<string, string>;
  readonly #name: string;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  readonly #player: Player;
  readonly #listeners = new Set<() => void>();
  #lines: number;
  #looked = 0;

  /**
   * @param socket where the lab listens
   * @throws UserError it does not answer, or its trace cannot be read
   */
  constructor(name: string, socket: string) {
    const signal = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const { port1, port2 } = new MessageChannel();
    const workerData: BridgeData = { socket, port: port2, signal };
    this.#name = name;
    this.#port = port1;
    this.#signal = new Int32Array(signal);
    this.#worker = new Worker(new URL("./bridge-worker.js", import.meta.url), { workerData, transferList: [port2] });
    this.#worker.on("message", () => this.#tell());
    this.#worker.on("error", () => this.#tell());
    // Listening would keep the process alive, which only a watcher wants.
    this.#worker.unref();
    const { lines } = this.#ask({});
    const trace = parseTrace(lines.join("\n"));
    if (!trace.ok) {
      this.close();
      throw new UserError(`what lab "${name}" tells of itself is not understood: expected ${trace.error.expected}`);
    }
    this.profile = profileNamed(trace.value.profile ?? TRACE_PROFILE.name) ?? TRACE_PROFILE;
    this.labels = trace.value.labels;
    this.#player = new Player(this.profile);
    this.#lines = lines.length;
    let others = 0;
    for (const { operation, i, expected } of trace.value.lines) {
      if (!isAsRecorded(expected, this.#player.apply(operation, i))) others++;
    }
    this.others = others;
    this.#looked = performance.now();
    const here = (): Sysfs => this.#now().sysfs;
    this.sysfs = {
      read: (path) => here().read(path),
      list: (path) => here().list(path),
      readlink: (path) => here().readlink(path),
      write: (path, value) => (value === "" ? here().write(path, value) : this.#write(path, value)),
    };
  }

  /** The lab's host now, or a moment ago. It must not be changed. */
  get host(): Host {
    return this.#now().host;
  }

  /** The lab's host with the insides of its guests, if they have any. It must not be changed. */
  get inside(): Player | undefined {
    const player = this.#now();
    return player.hasInside ? player : undefined;
  }

  /** @returns a function that ends it */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#worker.ref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#worker.unref();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#port.close();
    void this.#worker.terminate();
  }

  #tell(): void {
    // So the next reading is a fresh one.
    this.#looked = Number.NEGATIVE_INFINITY;
    for (const listener of [...this.#listeners]) listener();
  }

  #now(): Player {
    if (performance.now() - this.#looked > FRESH) this.#take(this.#ask({}).lines);
    return this.#player;
  }

  #write(path: string, value: string): ReturnType<Sysfs["write"]> {
    passGate();
    const { answer = "", lines } = this.#ask({ line: JSON.stringify(operationToJson({ op: "write", path, value })) });
    this.#take(lines);
    const said: Partial<Answer> & { readonly error?: string } = JSON.parse(answer);
    if (said.r === undefined) throw new UserError(`lab "${this.#name}" does not take a write: ${said.error}`);
    const written = writtenAs({ r: said.r }, value);
    return written.ok ? done(written.value) : written;
  }

  #take(lines: readonly string[]): void {
    for (const text of lines) {
      const line = parseLine(text, ++this.#lines, (json) => ({
        i: json.integer("i", 1, Number.MAX_SAFE_INTEGER),
        operation: readOperation(json),
      }));
      if (!line.ok) throw new UserError(`line ${this.#lines} of what lab "${this.#name}" tells is not understood`);
      this.#player.apply(line.value.operation, line.value.i);
    }
    this.#looked = performance.now();
  }

  /** Ask, and sleep until the reply is there. */
  #ask(request: BridgeRequest): Exclude<BridgeReply, { gone: string }> {
    const before = Atomics.load(this.#signal, 0);
    this.#port.postMessage(request);
    const woken = Atomics.wait(this.#signal, 0, before, PATIENCE);
    const reply: BridgeReply | undefined = receiveMessageOnPort(this.#port)?.message;
    if (woken !== "timed-out" && reply && !("gone" in reply)) return reply;
    this.close();
    const why = reply && "gone" in reply ? reply.gone : "it does not answer";
    throw new UserError(`lab "${this.#name}" is out of reach: ${why}; "apmatrix lab list" shows those that run`);
  }
}
