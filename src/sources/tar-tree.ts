// The files of a tar as a tree of directories, attributes and links, put together entry by entry.
import { done } from "../system/ap/result.ts";
import { type Attribute, type Directory, directory, type Link, type Node } from "../system/sysfs/node.ts";

/** Names in it; a folder is a map of its own. */
export type Folder = Map<string, Folder | Attribute | Link>;

/** @returns undefined: a file or a link is in the way */
function folderAt(root: Folder, names: readonly string[]): Folder | undefined {
  let folder = root;
  for (const name of names) {
    const next = folder.get(name) ?? new Map();
    if (!(next instanceof Map)) return undefined;
    folder.set(name, next);
    folder = next;
  }
  return folder;
}

export function addFolder(root: Folder, path: readonly string[]): void {
  folderAt(root, path);
}

/** @param path of the entry; it must have a name */
export function addEntry(root: Folder, path: readonly string[], entry: Attribute | Link): void {
  const folder = folderAt(root, path.slice(0, -1));
  const name = path.at(-1);
  // What comes again replaces what came first, as unpacking would.
  if (folder && name !== undefined && !(folder.get(name) instanceof Map)) folder.set(name, entry);
}

/** Read permission for anybody at all: sysfs asks for it even of root. */
const isReadable = (mode: number): boolean => /[4-7]/.test(mode.toString(8).slice(-3));

/** In a tar of a live /sys a text is filled with zeros up to the size that the kernel said; texts have none of their own. */
export function attributeOf(bytes: Buffer, mode: number): Attribute {
  const end = bytes.indexOf(0);
  const text = bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
  return { kind: "attribute", mode, ...(isReadable(mode) && { read: () => done(text) }) };
}

/** A link as sysfs makes them; one that a tool has made absolute becomes relative again. */
export function linkOf(target: string, depth: number): Link {
  const below = /^\/sys\/+(.*)$/.exec(target)?.[1];
  return { kind: "link", target: below === undefined ? target : `${"../".repeat(depth)}${below}` };
}

export function treeOf(folder: Folder): Directory {
  const names = [...folder.keys()].sort();
  return directory(
    {},
    {
      names: () => names,
      child: (name): Node | undefined => {
        const found = folder.get(name);
        return found instanceof Map ? treeOf(found) : found;
      },
    },
  );
}
