// Entries of a directory as READDIR answers them, as many as fit.
import type { Directory, Node } from "../../system/sysfs/node.ts";
import type { Frame } from "./frames.ts";
import { DIRENT } from "./protocol.ts";

/** Where a listing goes on, and how many bytes there is room for. */
interface Window {
  readonly offset: number;
  readonly size: number;
}

const HEADER = 24;
/** Nobody knows the inode of a name before it is looked up; the kernel makes the same of it (FUSE_UNKNOWN_INO). */
const UNKNOWN_INODE = 0xffffffff;

/** Entry n has the offset n + 1: where the next one begins. An answer without entries says that there are no more. */
export function appendEntries(frame: Frame, directory: Directory, names: readonly string[], window: Window): Frame {
  for (let n = window.offset; n < names.length; n++) {
    const name = names[n] as string;
    const length = HEADER + ((name.length + 7) & ~7);
    if (frame.size + length > window.size) break;
    frame.u64(UNKNOWN_INODE).u64(n + 1);
    frame.u32(name.length).u32(direntType(directory, name)).text(name);
    frame.zeros(length - HEADER - name.length);
  }
  return frame;
}

/** Where entries are not all of one kind, the type costs a look at the child. */
function direntType(directory: Directory, name: string): number {
  if (name === "." || name === "..") return DIRENT.directory;
  const kind: Node["kind"] | undefined = directory.entryKind ?? directory.child(name)?.kind;
  return kind ? DIRENT[kind] : DIRENT.unknown;
}
