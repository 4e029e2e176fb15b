// A tar of a /sys, such as sysfs.tgz of dbginfo.sh, as a source. Only what belongs to the AP bus, to mdevs and to the drivers is kept; the
// rest of a large /sys is skipped.
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { parsed } from "../formats/reading/input-error.ts";
import { UnsafeError } from "../guards/safe-open.ts";
import { codeOf, messageOf } from "../guards/user-error.ts";
import { inputStream } from "../guards/user-files.ts";
import { DEEPEST } from "../system/ap/limits.ts";
import { treeSysfs } from "../system/sysfs/sysfs.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { isGzip } from "./file-start.ts";
import { cannotOpen, type Opened, STILL } from "./source.ts";
import { type TarEntry, TarParser } from "./tar-parser.ts";
import { addEntry, addFolder, attributeOf, type Folder, linkOf, treeOf } from "./tar-tree.ts";

/** The names of entries that are kept, after the place of /sys in the tar. */
const KEPT =
  /^(?:(.*)\/)?((?:bus\/(?:ap|mdev|matrix)|devices\/(?:ap|vfio_ap)|class\/mdev_bus|module\/(?:ap|vfio_ap))(?:\/.*)?)$/;
/** More than a page: no file in these directories is longer. */
const LONGEST_FILE = 1 << 16;
/** The most bytes, unpacked, and the most entries: a /sys with all possible queues has only a fraction of either. */
const LARGEST_TAR = 2 ** 31;
const MOST_ENTRIES = 2 ** 20;
/** The most entries that are kept, and the most bytes of them. */
const MOST_KEPT = 2 ** 19;
const LARGEST_KEPT = 2 ** 26;

const MAKE_AGAIN = 'make it again, with "tar -czf sysfs.tgz -C / sys" or dbginfo.sh';

/** Formats that Node cannot unpack, by their first bytes. */
const OTHER_PACKERS: readonly (readonly [start: string, unpack: string])[] = [
  ["\xfd7zXZ\0", "xz -d"],
  ["BZh", "bzip2 -d"],
  ["\x28\xb5\x2f\xfd", "zstd -d"],
];

/**
 * @param head the first bytes of the file
 * @param profile the kernel that the user chose, whatever the files show
 */
export async function tarSource(file: string, head: Buffer, profile: Profile | undefined): Promise<Opened> {
  const packer = OTHER_PACKERS.find(([magic]) => head.toString("latin1", 0, magic.length) === magic);
  if (packer) return cannotOpen(file, `how it is packed is not understood: unpack it with "${packer[1]}" first`);
  const tar = new SysTar();
  try {
    await tar.read(file, isGzip(head));
  } catch (error) {
    return cannotOpen(file, broken(error, tar.bytes));
  }
  if (tar.bytes < tar.end) return cannotOpen(file, cutShort(tar.bytes));
  const { root, inner, texts } = tar;
  if (!root) {
    const hint = inner === undefined ? "" : `; it holds ${inner}: unpack that, and name it`;
    return cannotOpen(file, `there is no bus/ap in it: it is not a tar of the /sys of a host with an AP bus${hint}`);
  }
  if (texts === 0) return cannotOpen(file, `all its files are empty: ${MAKE_AGAIN}`);
  const sysfs = treeSysfs(treeOf(root));
  return parsed({ ...STILL, sysfs, describes: file, guests: undefined, profile, host: undefined });
}

const cutShort = (bytes: number): string => `it is cut short: it ends at byte ${bytes}, within the tar; ${MAKE_AGAIN}`;

/** One line on what went wrong. */
function broken(error: unknown, bytes: number): string {
  const [code, message] = [codeOf(error), messageOf(error)];
  if (code === "EACCES") return "permission denied";
  if (code === "Z_BUF_ERROR" || message === "Unexpected end of data") return cutShort(bytes);
  const what = code?.startsWith("Z_") ? "it is damaged: its gzip" : "it is damaged: its tar";
  return `${what} cannot be read after byte ${bytes} (${message.split("\n")[0]}); ${MAKE_AGAIN}`;
}

class SysTar {
  /** By their place in the tar: `sys`, `./sys`, or nothing. */
  readonly #roots = new Map<string, Folder>();
  readonly #tar = new TarParser({
    wants: ({ kind, name, size }) => kind === "file" && size <= LONGEST_FILE && KEPT.test(plainName(name)),
    take: (entry, content) => this.#take(entry, content),
  });
  #kept = 0;
  #keptBytes = 0;
  /** Files that are not empty. */
  texts = 0;
  /** A tar of /sys within this one. */
  inner: string | undefined;

  /** How many bytes have been read, unpacked. */
  get bytes(): number {
    return this.#tar.bytes;
  }

  /** How long it must be at least: after the last entry comes an empty block. */
  get end(): number {
    return this.#tar.end;
  }

  /** The /sys that has an AP bus, the outermost one if there are several. */
  get root(): Folder | undefined {
    const places = [...this.#roots].sort(([a], [b]) => a.length - b.length);
    const hasBus = (root: Folder): boolean => {
      const bus = root.get("bus");
      return bus instanceof Map && bus.has("ap");
    };
    return places.find(([, root]) => hasBus(root))?.[1];
  }

  /** @throws UnsafeError it is not a tar, or exceeds a limit; errors of the file system and of zlib */
  async read(file: string, isPacked: boolean): Promise<void> {
    const input = inputStream(file);
    const sink = new Writable({
      write: (chunk: Buffer, _, goOn) => {
        try {
          this.#tar.push(chunk);
          if (this.bytes > LARGEST_TAR) throw new UnsafeError(`it has more than ${LARGEST_TAR} bytes, unpacked`);
          if (this.#tar.entries > MOST_ENTRIES) throw new UnsafeError(`it has more than ${MOST_ENTRIES} entries`);
          goOn();
        } catch (error) {
          goOn(error instanceof Error ? error : new Error(String(error)));
        }
      },
    });
    await pipeline([input, ...(isPacked ? [createGunzip()] : []), sink]);
  }

  #take({ name: given, kind, mode, target, size }: TarEntry, content: Buffer): void {
    const name = plainName(given);
    const kept = KEPT.exec(name);
    if (!kept) {
      if (/(?:^|\/)sysfs\.(?:tgz|tar\.gz|tar)$/.test(name)) this.inner = name;
      return;
    }
    this.#keptBytes += name.length + content.length;
    if (++this.#kept > MOST_KEPT || this.#keptBytes > LARGEST_KEPT)
      throw new UnsafeError(`it has more than ${MOST_KEPT} files of the AP bus, or ${LARGEST_KEPT} bytes of them`);
    const [, place = "", path = ""] = kept;
    const root = this.#roots.get(place) ?? new Map();
    this.#roots.set(place, root);
    const names = path.split("/").filter((part) => part !== "" && part !== ".");
    if (names.length > DEEPEST) throw new UnsafeError(`its directories are nested deeper than ${DEEPEST}`);
    if (kind === "directory") addFolder(root, names);
    else if (kind === "symlink") addEntry(root, names, linkOf(target, names.length - 1));
    else if (size <= LONGEST_FILE) {
      addEntry(root, names, attributeOf(content, mode));
      if (content.length > 0) this.texts++;
    }
  }
}

/** The name without what tar puts before it, and without a directory's slash after it. */
function plainName(name: string): string {
  let [start, end] = [0, name.length];
  while (end > 0 && name[end - 1] === "/") end--;
  while (start < end && (name[start] === "/" || name.startsWith("./", start))) start++;
  return name.slice(start, end);
}
