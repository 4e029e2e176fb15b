// A host's /sys: read, write, list and readlink on paths, with the errors of the kernel's file layer. docs/kernel/bus.md §1.
import { type Refused, type Result, refused } from "../ap/result.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Attribute, Directory, Link, Node, Stored } from "./node.ts";
import { rootDirectory } from "./root.ts";

/** A write as one call: how many bytes it took, and whether it is through. */
export interface Written {
  readonly bytes: number;
  readonly outcome: Stored;
}

/** What all sources of a /sys offer. Paths are relative to /sys, text is one character a byte. */
export interface Sysfs {
  /** At most 4095 bytes of an attribute. ENOENT, ENOTDIR, EISDIR, EACCES, or the attribute's own. */
  read(path: string): Result<string>;
  /** Open for writing, write all in one call, close. The same errors. */
  write(path: string, bytes: string): Result<Written>;
  /** The names in a directory, in byte order. ENOENT, ENOTDIR. */
  list(path: string): Result<readonly string[]>;
  /** The target of a link, as it stands there. ENOENT, EINVAL if it is not a link. */
  readlink(path: string): Result<string>;
  /** Permissions of an attribute or a directory, where the source knows them; undefined: it is not there. */
  modeOf?(path: string): number | undefined;
}

const READ_LIMIT = 4095;
const WRITE_LIMIT = 4096;
/** As many links may follow one another as Linux allows. */
const LINK_LIMIT = 40;

const NO_FILE = refused("ENOENT", "no-such-file");
const NOT_A_DIRECTORY = refused("ENOTDIR", "not-a-directory");
const IS_A_DIRECTORY = refused("EISDIR", "is-a-directory");
const NOT_READABLE = refused("EACCES", "not-readable");
const NOT_WRITABLE = refused("EACCES", "not-writable");
const NO_LINK = refused("EINVAL", "malformed");

const isRefused = (found: Node | Refused): found is Refused => !("kind" in found);

/** Follow a path from the root; the last component's link only if told to. */
export function lookUp(root: Directory, path: string, followLast: boolean): Node | Refused {
  const trail: Directory[] = [root];
  const ahead = path.split("/").reverse();
  let node: Node = root;
  let links = 0;
  while (ahead.length > 0) {
    const name = ahead.pop() as string;
    // Of anything but a directory, not even a slash or a dot may follow.
    if (node.kind !== "directory") return NOT_A_DIRECTORY;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (trail.length > 1) trail.pop();
      node = trail.at(-1) as Directory;
      continue;
    }
    const child: Node | undefined = node.child(name);
    if (child === undefined) return NO_FILE;
    if (child.kind === "link" && (followLast || ahead.length > 0)) {
      if (++links > LINK_LIMIT) return NO_FILE;
      ahead.push(...(child as Link).target.split("/").reverse());
      continue;
    }
    node = child;
    if (child.kind === "directory") trail.push(child);
  }
  return node;
}

/** The bytes up to the first NUL: what the kernel's parsers see. */
function upToNul(bytes: string): string {
  const end = bytes.indexOf("\0");
  return end < 0 ? bytes : bytes.slice(0, end);
}

/** One write to an attribute that may be written: what every way to write has in common. */
export function storeBytes(attribute: Attribute, bytes: string): Result<Written> {
  if (!attribute.store) return NOT_WRITABLE;
  if (bytes.length === 0) return { ok: true, value: { bytes: 0, outcome: "stored" } };
  const taken = bytes.length > WRITE_LIMIT ? bytes.slice(0, WRITE_LIMIT) : bytes;
  const result = attribute.store(upToNul(taken), taken.length);
  return result.ok ? { ok: true, value: { bytes: taken.length, outcome: result.value } } : result;
}

/** The /sys of a host in memory. */
export const hostSysfs = (host: Host): Sysfs => treeSysfs(rootDirectory(host));

/** Any tree as a /sys. */
export function treeSysfs(root: Directory): Sysfs {
  const attribute = (path: string): Attribute | Refused => {
    const found = lookUp(root, path, true);
    if (isRefused(found)) return found;
    return found.kind === "attribute" ? found : IS_A_DIRECTORY;
  };
  return {
    read(path) {
      const found = attribute(path);
      if (!("kind" in found)) return found;
      if (!found.read) return NOT_READABLE;
      const text = found.read();
      return text.ok && text.value.length > READ_LIMIT ? { ok: true, value: text.value.slice(0, READ_LIMIT) } : text;
    },
    write(path, bytes) {
      const found = attribute(path);
      return "kind" in found ? storeBytes(found, bytes) : found;
    },
    list(path) {
      const found = lookUp(root, path, true);
      if (isRefused(found)) return found;
      return found.kind === "directory" ? { ok: true, value: found.names() } : NOT_A_DIRECTORY;
    },
    readlink(path) {
      const found = lookUp(root, path, false);
      if (isRefused(found)) return found;
      return found.kind === "link" ? { ok: true, value: found.target } : NO_LINK;
    },
    modeOf(path) {
      const found = lookUp(root, path, true);
      return !isRefused(found) && found.kind === "attribute" ? found.mode : undefined;
    },
  };
}
