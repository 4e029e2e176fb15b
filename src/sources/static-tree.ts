// What a /sys holds at one moment, as a list of directories, plain files and links, for tests of programs that read it: in byte order, so
// that equal hosts are equal lists. Next: guards/new-tree.ts makes a directory of it, tar-writer.ts a tar.
import { UserError } from "../guards/user-error.ts";
import { plain } from "../system/ap/quoted.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";

export type TreeEntry =
  | { readonly kind: "directory"; readonly path: string }
  /** `mode`: permissions; `text`: one character a byte. */
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly text: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

export interface StaticTree {
  /** Paths below /sys; each directory before what is in it. */
  readonly entries: readonly TreeEntry[];
  /** What is not as in the source, one sentence each. */
  readonly warnings: readonly string[];
}

/** What belongs to cards, mdevs and their drivers; a real machine has much more. */
const PARTS: readonly string[] = [
  "bus/ap",
  "bus/matrix",
  "bus/mdev",
  "class/mdev_bus",
  "class/misc/z90crypt",
  "class/zcrypt",
  "devices/ap",
  "devices/vfio_ap",
  "devices/virtual/misc/z90crypt",
  "devices/virtual/zcrypt",
  "kernel/iommu_groups",
  "module/ap",
  "module/mdev",
  "module/vfio_ap",
  "module/zcrypt",
  "module/zcrypt_cex4",
  "firmware/uv",
];

/** As many as a tar may have that is read, and as many bytes. */
const MOST_ENTRIES = 2 ** 19;
const LARGEST = 2 ** 26;
const READABLE = 0o444;
const WRITE_ONLY = 0o200;
const PERMISSIONS = 0o777;
/** More sentences of one kind help nobody. */
const MOST_WARNINGS = 20;

const isWanted = (path: string): boolean =>
  PARTS.some((part) => path === part || path.startsWith(`${part}/`) || part.startsWith(`${path}/`));

/** @throws UserError there is more of it than is read again */
export function staticTree(sysfs: Sysfs): StaticTree {
  const entries: TreeEntry[] = [];
  const warnings: string[] = [];
  let bytes = 0;
  const put = (entry: TreeEntry): void => {
    entries.push(entry);
    bytes += entry.kind === "file" ? entry.text.length : 0;
    if (entries.length > MOST_ENTRIES || bytes > LARGEST)
      throw new UserError(`there are more than ${MOST_ENTRIES} files or ${LARGEST} bytes, the most that is written`);
  };
  const walk = (directory: string): void => {
    const names = sysfs.list(directory);
    if (!names.ok) return void warnings.push(`${plain(directory)} cannot be listed: ${names.errno}`);
    for (const name of names.value) {
      const path = directory === "" ? name : `${directory}/${name}`;
      if (isWanted(path)) visit(path);
    }
  };
  const visit = (path: string): void => {
    const link = sysfs.readlink(path);
    if (link.ok) {
      if (staysInside(path, link.value)) put({ kind: "link", path, target: link.value });
      else warnings.push(`${plain(path)} is left out: it is a link that leads out of the tree`);
      return;
    }
    if (sysfs.list(path).ok) {
      put({ kind: "directory", path });
      walk(path);
      return;
    }
    const text = sysfs.read(path);
    const mode = sysfs.modeOf?.(path) ?? (text.ok ? READABLE : WRITE_ONLY);
    if (!text.ok && (mode & READABLE) !== 0) warnings.push(`${plain(path)} is empty: ${text.errno}`);
    put({ kind: "file", path, mode: mode & PERMISSIONS, text: text.ok ? text.value : "" });
  };
  walk("");
  const more = warnings.length - MOST_WARNINGS;
  return { entries, warnings: more > 0 ? [...warnings.slice(0, MOST_WARNINGS), `and ${more} more`] : warnings };
}

/** Whether a link's target, whatever other links are, is written as something in the tree. */
function staysInside(path: string, target: string): boolean {
  if (target.startsWith("/") || target === "" || target.includes("\0")) return false;
  let depth = path.split("/").length - 1;
  for (const name of target.split("/")) {
    if (name === "..") depth--;
    else if (name !== "." && name !== "") depth++;
    if (depth < 0) return false;
  }
  return true;
}
