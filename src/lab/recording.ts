// A trace that grows while it happens: a file to which every line is appended, and which can be read from any place at the same time. The
// journal of a lab is one that stays; a lab without a journal has one that nobody else sees and that vanishes with the lab.

import { closeSync, fsyncSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import { writeAll } from "../guards/safe-open.ts";
import { openUnnamed } from "../guards/unnamed-file.ts";
import { reasonOf, UserError } from "../guards/user-error.ts";
import type { HostDrivers } from "../system/machine/facts.ts";
import type { Answer } from "../system/trace/answer.ts";
import type { Operation, TraceFormat } from "../system/trace/operation.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import { driversMember, namesMember } from "../system/trace/trace-file.ts";

export interface RecordingHeader {
  readonly name: string;
  readonly profile: string;
  readonly hostDrivers: HostDrivers;
  readonly format: TraceFormat;
  /** Names that people gave to mdevs, by UUID. */
  readonly labels: ReadonlyMap<string, string>;
  /** How many operations bring the host up. */
  readonly beginning: number;
}

export class Recording {
  /** The file's name; undefined if it has none. */
  readonly #path: string | undefined;
  readonly #fd: number;
  #bytes: number;
  #lines: number;
  #isLost = false;

  /**
   * @param fd open for appending and reading
   * @param there how much the file holds already
   */
  constructor(path: string | undefined, fd: number, there: { readonly bytes: number; readonly lines: number }) {
    this.#path = path;
    this.#fd = fd;
    this.#bytes = there.bytes;
    this.#lines = there.lines;
  }

  /**
   * A file without a name: its space is freed when the process ends, however it ends.
   *
   * @throws UserError there is no room for it
   */
  static unnamed(header: RecordingHeader): Recording {
    let fd: number;
    try {
      fd = openUnnamed();
    } catch (error) {
      throw new UserError(`the lab's history cannot be kept in ${tmpdir()}: ${reasonOf(error)}; set TMPDIR to another`);
    }
    const recording = new Recording(undefined, fd, { bytes: 0, lines: 0 });
    recording.begin(header);
    return recording;
  }

  /** Something is not in the recording, because there was no room. Only a recording without a name goes on then. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** How many bytes can be read: whole lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many lines there are, with the header. */
  get lines(): number {
    return this.#lines;
  }

  begin({ name, profile, hostDrivers, labels, format, beginning }: RecordingHeader): void {
    this.#write({ trace: name, format, profile, ...driversMember(hostDrivers), ...namesMember(labels), beginning });
  }

  /**
   * Append one operation and its answer; it is in the file when this returns.
   *
   * @throws UserError it could not be written to a file with a name: nobody may get the answer, and the lab must end
   */
  append(operation: Operation, i: number, answer: Answer): void {
    this.#write({ i, ...operationToJson(operation), x: answer });
  }

  #write(line: object): void {
    if (this.#isLost) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      writeAll(this.#fd, bytes);
    } catch (error) {
      if (this.#path !== undefined) {
        throw new UserError(
          `journal ${this.#path} cannot be written: ${reasonOf(error)}; the lab ends where it stands`,
        );
      }
      this.#isLost = true;
      return;
    }
    this.#bytes += bytes.length;
    this.#lines++;
  }

  /** The bytes from a place on, at most this many; none after the end. */
  read(from: number, most: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(most, this.#bytes - from)));
    const count = buffer.length === 0 ? 0 : readSync(this.#fd, buffer, 0, buffer.length, from);
    return buffer.subarray(0, count);
  }

  /** @param mustStay make sure that the file survives a crash of the machine */
  close(mustStay: boolean): void {
    try {
      if (mustStay) fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }
}
