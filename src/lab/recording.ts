// A trace that grows while it happens: a file that every line is appended to, and that can be read from any place at the same time.
// The journal of a lab is one that stays; a lab without a journal has one that nobody else sees and that is gone with it.
import { closeSync, fsyncSync, readSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { openUnnamed } from "../guards/unnamed-file.ts";
import type { HostDrivers } from "../system/machine/facts.ts";
import type { Answer } from "../system/trace/answer.ts";
import type { Operation } from "../system/trace/operation.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import { driversMember } from "../system/trace/trace-file.ts";
import { LabError, reasonOf } from "./lab-error.ts";

export interface RecordingHeader {
  readonly name: string;
  readonly profile: string;
  readonly hostDrivers: HostDrivers;
  /** How many operations bring the host up. */
  readonly beginning: number;
}

export class Recording {
  /** The file's name; undefined: it has none. */
  readonly #path: string | undefined;
  readonly #fd: number;
  #bytes: number;
  #lines: number;
  #isLost = false;

  /**
   * @param fd open for appending and reading
   * @param there what the file holds already
   */
  constructor(path: string | undefined, fd: number, there: { readonly bytes: number; readonly lines: number }) {
    this.#path = path;
    this.#fd = fd;
    this.#bytes = there.bytes;
    this.#lines = there.lines;
  }

  /**
   * A file without a name: its space is given back when the process ends, however it does.
   *
   * @throws LabError there is no room for it
   */
  static unnamed(header: RecordingHeader): Recording {
    let fd: number;
    try {
      fd = openUnnamed();
    } catch (error) {
      throw new LabError(`the lab's history cannot be kept in ${tmpdir()}: ${reasonOf(error)}; set TMPDIR to another`);
    }
    const recording = new Recording(undefined, fd, { bytes: 0, lines: 0 });
    recording.begin(header);
    return recording;
  }

  /** Something has happened that is not in it: there was no room. Only one without a name goes on then. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Bytes that can be read: whole lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The header among them. */
  get lines(): number {
    return this.#lines;
  }

  begin({ name, profile, hostDrivers, beginning }: RecordingHeader): void {
    this.#write({ trace: name, format: 2, profile, ...driversMember(hostDrivers), beginning });
  }

  /**
   * One operation and its answer; it is in the file when this returns.
   *
   * @throws LabError it is not, or only a part of it, though the file has a name: nobody may get the answer, and the lab has to end
   */
  append(operation: Operation, i: number, answer: Answer): void {
    this.#write({ i, ...operationToJson(operation), x: answer });
  }

  #write(line: object): void {
    if (this.#isLost) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      if (this.#path !== undefined) {
        throw new LabError(`journal ${this.#path} cannot be written: ${reasonOf(error)}; the lab ends where it stands`);
      }
      this.#isLost = true;
      return;
    }
    this.#bytes += bytes.length;
    this.#lines++;
  }

  /** What stands at a place, at most so much of it; nothing behind the end. */
  read(from: number, most: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(most, this.#bytes - from)));
    const count = buffer.length === 0 ? 0 : readSync(this.#fd, buffer, 0, buffer.length, from);
    return buffer.subarray(0, count);
  }

  /** @param mustStay make sure that it survives the machine */
  close(mustStay: boolean): void {
    try {
      if (mustStay) fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }
}
