// The files of a tar as a tree of directories, attributes and links, put together entry by entry.
import { done } from "../system/ap/result.ts";
import { type Attribute, type Directory, directory, type Link, type Node } from "../system/sysfs/node.ts";

/** Its entries by name; a folder in it is another map. */
export type Folder = Map<string, Folder | Attribute | Link>;

/** @returns undefined if a file or a link is in the way */
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

/** @param path the path of the entry, with its name */
export function addEntry(root: Folder, path: readonly string[], entry: Attribute | Link): void {
  const folder = folderAt(root, path.slice(0, -1));
  const name = path.at(-1);
  // A later entry of the same name replaces the first, as in unpacking.
  if (folder && name !== undefined && !(folder.get(name) instanceof Map)) folder.set(name, entry);
}

/** Whether anybody has read permission: sysfs asks for it even from root. */
const isReadable = (mode: number): boolean => /[4-7]/.test(mode.toString(8).slice(-3));

/** In a tar of a live /sys, a text is filled with zeros up to the size that the kernel reports; texts never contain zeros. */
export function attributeOf(bytes: Buffer, mode: number): Attribute {
  const end = bytes.indexOf(0);
  const text = bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
  return { kind: "attribute", mode, ...(isReadable(mode) && { read: () => done(text) }) };
}

/** A link as in sysfs; an absolute one, made by a tool, becomes relative again. */
export function linkOf(target: string, depth: number): Link {
  const below = /^\/sys\/+(.*)$/s.exec(target)?.[1];
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
