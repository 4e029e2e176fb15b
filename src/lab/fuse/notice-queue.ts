// Notices to the kernel: names that it must forget. docs/fuse.md §4.
import { write } from "node:fs";

/**
 * Notices are written one after the other by another thread: the kernel takes a notice only when its directory is not locked by a lookup,
 * and that lookup may be waiting for our answer.
 */
export class NoticeQueue {
  readonly #fd: number;
  #frames: Buffer[] = [];
  #given = 0;
  #taken = 0;
  #isWriting = false;
  #isStopped = false;
  /** Ascending by `at`: what is called when this many notices have been taken. */
  #waiting: { readonly at: number; readonly then: () => void }[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @param frame is copied */
  add(frame: Buffer): void {
    if (this.#isStopped) return;
    this.#frames.push(Buffer.from(frame));
    this.#given++;
    this.#next();
  }

  /** Goes on when the kernel has taken all notices that were given so far; at once if it has them. */
  after(then: () => void): void {
    if (this.#taken === this.#given || this.#isStopped) then();
    else this.#waiting.push({ at: this.#given, then });
  }

  /** The mount is gone, so no notice is needed any more. */
  stop(): void {
    this.#isStopped = true;
    this.#frames = [];
    for (const { then } of this.#waiting.splice(0)) then();
  }

  #next(): void {
    if (this.#isWriting || this.#isStopped) return;
    const frame = this.#frames.shift();
    if (!frame) return;
    this.#isWriting = true;
    // Errors do not matter: the kernel has forgotten the name already (ENOENT), or keeps it because it is in use (ENOTEMPTY).
    write(this.#fd, frame, () => {
      this.#isWriting = false;
      this.#taken++;
      while (this.#waiting[0] && this.#waiting[0].at <= this.#taken) this.#waiting.shift()?.then();
      this.#next();
    });
  }
}
