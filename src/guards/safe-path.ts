// Files below a root, such as /sys or a copy of one. Whatever a path says and whatever links there are, what is reached is below the
// root, or is refused. The kernel is asked where a file is after it is pinned, so nobody can change the answer in between.
import {
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { type Pin, withPin } from "./safe-open.ts";
import { passGate } from "./signals.ts";

/** The path leads out of its root. */
export class OutsideError extends Error {}

/** Types of file systems in which a write is an event: sysfs, and FUSE, which labs are. */
const LIVE_TYPES = [0x62656572, 0x65735546];

/** Whether writes to this file are events; a copy of a /sys only keeps text. */
export const isLive = (path: string): boolean => LIVE_TYPES.includes(statfsSync(path).type);

/** Paths are below the root, with slashes, one character for each byte. Errors of the file system are thrown unchanged. */
export class SafeTree {
  readonly #root: string;
  #top: string | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Hold a file or directory while `act` uses it.
   *
   * @throws OutsideError it is not below the root
   */
  pin<T>(path: string, act: (pin: Pin) => T): T {
    if (path.includes("\0")) throw new OutsideError(`${this.#root}: a path with a NUL`);
    const file = Buffer.concat([Buffer.from(`${this.#root}/`), Buffer.from(path, "latin1")]);
    return withPin(file, true, (pin) => {
      const location = pin.location();
      if (!this.#holds(location)) throw new OutsideError(`leads out of ${this.#root}`);
      return act(pin);
    });
  }

  /** The root is looked up again before something counts as outside of it: it may have been replaced. */
  #holds(location: string): boolean {
    if (this.#top !== undefined && isBelow(this.#top, location)) return true;
    this.#top = withPin(this.#root, true, (pin) => pin.location());
    return isBelow(this.#top, location);
  }

  /** Names in a directory, unsorted. */
  list(path: string): string[] {
    return this.pin(path, (pin) => readdirSync(pin.path, { encoding: "latin1" }));
  }

  /** Target of a link. */
  readlink(path: string): string {
    const at = path.lastIndexOf("/");
    const name = Buffer.from(path.slice(at + 1), "latin1");
    return this.pin(path.slice(0, Math.max(at, 0)), (directory) =>
      readlinkSync(Buffer.concat([Buffer.from(`${directory.path}/`), name]), { encoding: "latin1" }),
    );
  }
}

const isBelow = (top: string, location: string): boolean =>
  location === top || location.startsWith(top.endsWith("/") ? top : `${top}/`);

/** What a pinned regular file holds, at most this many bytes of it; an attribute of sysfs in as many calls as it takes. */
export function readPinned({ path }: Pin, most: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    for (let count = 1; count > 0 && length < most; length += count) {
      count = readSync(fd, bytes, length, most - length, length);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/**
 * Write to a pinned file as sysfs needs it: in one call, without making or truncating it. Only in a copy, where a write is not an
 * event, the old text is removed, as a shell's > would do.
 *
 * @returns bytes taken
 */
export function writePinned({ path }: Pin, bytes: Buffer): number {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    // A write of nothing changes nothing in sysfs, so there it is left out.
    if (bytes.length === 0) return 0;
    passGate();
    const taken = writeSync(fd, bytes);
    if (!isLive(path)) ftruncateSync(fd, taken);
    return taken;
  } finally {
    closeSync(fd);
  }
}
