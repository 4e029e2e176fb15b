// Extended attributes of the files of a mount. As a real sysfs, a mount keeps those of the kernel's modules (security.*) and of
// administrators (trusted.*) as long as the object is there, has none of users', and no access lists. Who may set which, the kernel has
// asked before.
import type { Node } from "../../system/sysfs/node.ts";
import type { Frame, Request, RequestBytes } from "./frames.ts";
import { fail } from "./fuse-error.ts";
import { OP } from "./fuse-protocol.ts";
import { KeptByPath } from "./kept-by-path.ts";

/** Values by names, one character a byte. */
type Attributes = ReadonlyMap<string, string>;

const NONE: Attributes = new Map();
const KEPT = ["security.", "trusted."];
const NAMELESS = new Set([...KEPT, "user."]);
const FLAG = { CREATE: 1, REPLACE: 2 } as const;
/** Bytes that a mount keeps. A machine keeps what its memory takes, but this is a process of somebody's. */
const ROOM = 4 * 1024 * 1024;
/** What an attribute takes besides its name and its value. */
const OVERHEAD = 256;

const sizeOf = (attributes: Attributes): number => {
  let size = 0;
  for (const [name, value] of attributes) size += name.length + value.length + OVERHEAD;
  return size;
};

export class ExtendedAttributes {
  readonly #kept = new KeptByPath<Attributes>();

  /**
   * The answer to a request about extended attributes.
   *
   * @param path of the object
   * @param reply an empty one
   * @throws FuseError ENODATA, EEXIST; EINVAL and EOPNOTSUPP for a name; ENOSPC; ERANGE, the caller has no room for it
   */
  answer(request: Request, path: () => string, reply: Frame): Frame {
    const { opcode, body, uid } = request;
    switch (opcode) {
      case OP.GETXATTR:
        return appendSized(reply, this.#get(path, body.name(8)), body.u32(0));
      case OP.LISTXATTR:
        return appendSized(reply, this.#list(path, uid === 0), body.u32(0));
      case OP.SETXATTR:
        this.#set(path(), body);
        return reply;
      default:
        this.#remove(path(), body.name());
        return reply;
    }
  }

  #get(path: () => string, name: string): string {
    // Of users' attributes there are none, which is another answer than that there cannot be any.
    if (!name.startsWith("user.") || name === "user.") mustBeKept(name);
    return this.#kept.at(path)?.get(name) ?? fail("ENODATA");
  }

  /** The names, each with a NUL after it; those of administrators only for them. */
  #list(path: () => string, isRoot: boolean): string {
    const names = [...(this.#kept.at(path) ?? NONE).keys()];
    return names
      .filter((name) => isRoot || !name.startsWith("trusted."))
      .map((name) => `${name}\0`)
      .join("");
  }

  /** @param body length and flags, the name, a NUL, the value */
  #set(path: string, body: RequestBytes): void {
    const [length, flags] = [body.u32(0), body.u32(4)];
    const name = body.name(8);
    mustBeKept(name);
    const before = this.#kept.at(() => path) ?? NONE;
    if ((flags & FLAG.CREATE) !== 0 && before.has(name)) fail("EEXIST");
    if ((flags & FLAG.REPLACE) !== 0 && !before.has(name)) fail("ENODATA");
    const after = new Map(before).set(name, body.text(8 + name.length + 1, length));
    let all = sizeOf(after) - sizeOf(before);
    for (const attributes of this.#kept.values()) all += sizeOf(attributes);
    if (all > ROOM) fail("ENOSPC");
    this.#kept.keep(path, after);
  }

  #remove(path: string, name: string): void {
    mustBeKept(name);
    const after = new Map(this.#kept.at(() => path));
    if (!after.delete(name)) fail("ENODATA");
    this.#kept.keep(path, after);
  }

  /** The object is gone, and all below it. */
  forget(path: string): void {
    this.#kept.forget(path);
  }

  /** Names may have gone. */
  forgetGone(root: Node): void {
    this.#kept.forgetGone(root);
  }
}

function mustBeKept(name: string): void {
  if (NAMELESS.has(name)) fail("EINVAL");
  if (!KEPT.some((kind) => name.startsWith(kind))) fail("EOPNOTSUPP");
}

/** A text, or only its length if the caller wants to know how much room it takes. */
function appendSized(reply: Frame, text: string, room: number): Frame {
  if (room === 0) return reply.u32(text.length).u32(0);
  return text.length > room ? fail("ERANGE") : reply.text(text);
}
