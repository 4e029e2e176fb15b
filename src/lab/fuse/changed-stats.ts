// What chmod, chown and utime have made of files of a mount. As in a real sysfs it stays as long as the object is there and the mount
// stands, and is no part of the host: no journal has it. Who may change what, the kernel has asked before (default_permissions).
import type { Node } from "../../system/sysfs/node.ts";
import type { FuseTime, RequestBytes, Stat } from "./frames.ts";
import { fail } from "./fuse-error.ts";
import { KeptByPath } from "./kept-by-path.ts";

/** Bits of fuse_setattr_in.valid. */
const VALID = { MODE: 1 << 0, UID: 1 << 1, GID: 1 << 2, SIZE: 1 << 3, ATIME: 1 << 4, MTIME: 1 << 5 } as const;
/** Where the members of fuse_setattr_in are. */
const AT = {
  valid: 0,
  size: 16,
  atime: 32,
  mtime: 40,
  atimensec: 56,
  mtimensec: 60,
  mode: 68,
  uid: 76,
  gid: 80,
} as const;
const PERMISSIONS = 0o7777;
/** No file of sysfs can be longer: it has not asked for large files. */
const LARGEST_SIZE = 0x7fffffff;

type Change = Partial<Pick<Stat, "mode" | "uid" | "gid" | "accessed" | "modified" | "changed">>;

const NOTHING: Change = {};

export class ChangedStats {
  readonly #changes = new KeptByPath<Change>();

  /** Of the object at a path, `mode` being its permissions. */
  at(path: () => string): Change {
    return this.#changes.at(path) ?? NOTHING;
  }

  /**
   * Take over what a SETATTR asks for. A length is accepted and changes nothing, as in sysfs; EFBIG if no file can have it.
   *
   * @param changed when
   */
  take(path: string, body: RequestBytes, changed: number): void {
    const valid = body.u32(AT.valid);
    const asks = (bit: number): boolean => (valid & bit) !== 0;
    if (asks(VALID.SIZE) && body.number(AT.size) > LARGEST_SIZE) fail("EFBIG");
    const momentAt = (at: number, nanoseconds: number): FuseTime => [
      body.u32(at),
      body.u32(at + 4),
      body.u32(nanoseconds),
    ];
    const change: Change = {
      ...(asks(VALID.MODE) && { mode: body.u32(AT.mode) & PERMISSIONS }),
      ...(asks(VALID.UID) && { uid: body.u32(AT.uid) }),
      ...(asks(VALID.GID) && { gid: body.u32(AT.gid) }),
      ...(asks(VALID.ATIME) && { accessed: momentAt(AT.atime, AT.atimensec) }),
      ...(asks(VALID.MTIME) && { modified: momentAt(AT.mtime, AT.mtimensec) }),
    };
    if (Object.keys(change).length === 0) return;
    this.#changes.keep(path, { ...this.#changes.at(() => path), ...change, changed });
  }

  /** The object is gone, and all below it. */
  forget(path: string): void {
    this.#changes.forget(path);
  }

  /** Names may have gone. */
  forgetGone(root: Node): void {
    this.#changes.forgetGone(root);
  }
}
