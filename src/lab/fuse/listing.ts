// Entries of a directory as READDIR answers them, as many as fit.
import { must } from "../../system/ap/assert.ts";
import type { Directory, Node } from "../../system/sysfs/node.ts";
import type { Frame } from "./frames.ts";
import { DIRENT } from "./fuse-protocol.ts";

const HEADER = 24;
/** The inode of a name is not known before it is looked up; the kernel calls this FUSE_UNKNOWN_INO. */
const UNKNOWN_INODE = 0xffffffff;

/**
 * Entry n has the offset n + 1, where the next one begins. An answer without entries says that there are no more.
 *
 * @param window where the listing goes on, and how many bytes there is room for
 */
export function appendEntries(
  frame: Frame,
  directory: Directory,
  names: readonly string[],
  window: { readonly offset: number; readonly size: number },
): Frame {
  for (let n = window.offset; n < names.length; n++) {
    const name = must(names[n]);
    const length = HEADER + ((name.length + 7) & ~7);
    if (frame.size + length > window.size) break;
    frame.u64(UNKNOWN_INODE).u64(n + 1);
    frame.u32(name.length).u32(direntType(directory, name)).text(name);
    frame.zeros(length - HEADER - name.length);
  }
  return frame;
}

/** If the entries are not all of one kind, the type costs a look at the child. */
function direntType(directory: Directory, name: string): number {
  if (name === "." || name === "..") return DIRENT.directory;
  const kind: Node["kind"] | undefined = directory.entryKind ?? directory.child(name)?.kind;
  return kind ? DIRENT[kind] : DIRENT.unknown;
}
